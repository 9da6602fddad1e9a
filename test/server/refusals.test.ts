import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import type { LightMyRequestResponse } from "fastify";
import { MedembedError } from "../../src/errors.ts";
import { goldenImages, openGolden } from "../golden-small.ts";
import { altered, envelope, heldEmbedder, post, type Serving, serve, until } from "./serving.ts";

const embedder = await openGolden({ threads: 2 });
const open = await serve(embedder);
const image = goldenImages[0].toString("base64");
const chest = envelope(["text"], [["chest"]]);

/** The answer is JSON of the one shape, with this status and code. @returns its message */
function assertRefused(response: LightMyRequestResponse, status: number, code: string): string {
  assert.equal(response.statusCode, status, response.body);
  assert.match(String(response.headers["content-type"]), /^application\/json/);
  const { error, ...others } = response.json();
  assert.equal(error.code, code);
  assert.deepEqual(others, {});
  return error.message;
}

const SECRET = "Jane Doe";
const MALFORMED: readonly [name: string, body: unknown, message: RegExp][] = [
  ["no JSON", `{"input_data": "${SECRET}`, /is not JSON/],
  ["nothing", "", /is not JSON/],
  ["no UTF-8", Buffer.from([0x22, 0xff, 0xfe, 0x22]), /is not UTF-8/],
  ["no object", [SECRET], /the body must be object/],
  ["no input_data", { data: SECRET }, /input_data/],
  ["input_data of another kind", { input_data: SECRET }, /input_data must be object/],
  ["no columns", { input_data: { data: [[SECRET]] } }, /columns/],
  ["no data", { input_data: { columns: ["text"] } }, /data/],
  ["columns of another kind", envelope([1 as unknown as string], [[SECRET]]), /columns\.0 must be string/],
  ["unknown columns", envelope([SECRET], [["x"]]), /neither image nor text/],
  ["a column twice", envelope(["text", "text"], [["x", SECRET]]), /twice/],
  ["no rows", envelope(["text"], []), /at least one row/],
  ["a row of another kind", envelope(["text"], [SECRET]), /data\.0 must be array or must be object/],
  ["a row too short", envelope(["image", "text"], [["x", SECRET], ["x"]]), /row 1 has 1 cells for 2 columns/],
  ["an index of another length", { input_data: { columns: ["text"], index: [0, 1], data: [[SECRET]] } }, /2 labels/],
  ["an index of another kind", { input_data: { columns: ["text"], index: SECRET, data: [["x"]] } }, /index/],
  ["params of another kind", envelope(["text"], [["x"]], SECRET), /params/],
  ["a flag that is none", envelope(["text"], [["x"]], { get_scaling_factor: SECRET }), /get_scaling_factor/],
  ["a cell of another kind", envelope(["text"], [[{ name: SECRET }]]), /row 0, text: a cell must be a string or null/],
  [
    "1025 rows",
    envelope(
      ["text"],
      Array.from({ length: 1025 }, () => [SECRET]),
    ),
    /1025 rows; at most 1024/,
  ],
  ["a million brackets", "[".repeat(2 ** 20 + 1), /brackets/],
  ...[101, -1, 1.5, "x", SECRET, true].map(
    (quality) =>
      [
        `quality ${quality}`,
        envelope(["text"], [["x"]], { image_standardization_jpeg_compression_ratio: quality }),
        /whole number from 1 to 100/,
      ] as [string, unknown, RegExp],
  ),
  ...[15, 2049, {}].map(
    (size) =>
      [
        `size ${size}`,
        envelope(["text"], [["x"]], { image_standardization_image_size: size }),
        /whole number from 16 to 2048/,
      ] as [string, unknown, RegExp],
  ),
];

for (const [name, body, message] of MALFORMED) {
  test(`400: ${name}`, async () => {
    const response = await post(open, body);
    assert.match(assertRefused(response, 400, "invalid_request"), message);
    assert.ok(!response.body.includes(SECRET), "nothing of the payload comes back");
  });
}

for (const [name, value] of [
  ["medembed-response-form", "table"],
  ["medembed-row-errors", "yes"],
  ["request-timeout-ms", "soon"],
  ["request-timeout-ms", "0"],
] as const) {
  test(`400: header ${name}: ${value}`, async () => {
    assert.match(assertRefused(await post(open, chest, { [name]: value }), 400, "invalid_request"), RegExp(name));
  });
}

test("400: errors of rows have no place in the object form", async () => {
  const headers = { "medembed-response-form": "object", "medembed-row-errors": "1" };
  assertRefused(await post(open, chest, headers), 400, "invalid_request");
});

const BAD_ROWS: readonly [name: string, row: readonly unknown[], code: string, column?: string][] = [
  [
    "bytes that are no image",
    [Buffer.from(`${SECRET} is no image`).toString("base64"), ""],
    "image_undecodable",
    "image",
  ],
  ["an image that breaks off", [image.slice(0, 2_000), ""], "image_undecodable", "image"],
  ["a foreign character", [`${image.slice(0, 40)}*${image.slice(40)}`, ""], "image_undecodable", "image"],
  ["base64 of no bytes", ["\n", ""], "image_undecodable", "image"],
  ["a million by a million pixels", [hugePng(), ""], "image_too_large", "image"],
  ["an address", ["http://169.254.169.254/latest", ""], "image_url_refused", "image"],
  ["neither half", [null, "  "], "row_empty"],
  ["a text of a megabyte", [null, SECRET.repeat(2 ** 17)], "text_invalid", "text"],
];

for (const [name, row, code, column] of BAD_ROWS) {
  test(`424: ${name}`, async () => {
    const response = await post(open, envelope(["image", "text"], [[image, "chest"], row]));
    assertRefused(response, 424, code);
    const { error } = response.json();
    assert.deepEqual([error.row, error.column], [1, column]);
    assert.equal(response.headers["ms-azureml-model-error-statuscode"], "400");
    assert.equal(response.headers["ms-azureml-model-error-reason"], `${code} row=1`);
    assert.doesNotMatch(response.body, /Jane|169\.254/, "nothing of the payload comes back");
  });
}

test("401 with a wrong key or none, before the body is read; both keys open", async () => {
  const serving = await serve(embedder, { keys: ["first-key", "second-key"] });
  for (const authorization of ["", "Bearer", "Bearer third-key", "Basic first-key", "first-key", "Bearer first-key2"]) {
    const response = await post(serving, "no JSON at all", { authorization });
    assertRefused(response, 401, "unauthorised");
    assert.equal(response.headers["www-authenticate"], "Bearer");
  }
  assertRefused(await post(serving, chest), 401, "unauthorised");
  for (const authorization of ["Bearer first-key", "bearer second-key"]) {
    assert.equal((await post(serving, chest, { authorization })).statusCode, 200);
  }
  for (const url of ["/live", "/ready"]) assert.equal((await serving.app.inject(url)).statusCode, 200);
  assert.equal(serving.load.counts.finished, 2, "the others were not let in");
});

test("404 for a path or a deployment that does not exist", async () => {
  for (const url of ["/nothing", "/score/", "/scores?name=x", "/__proto__", "/%zz"]) {
    const response = await open.app.inject({ method: "POST", url });
    if (url === "/%zz") assertRefused(response, 400, "invalid_request");
    else assertRefused(response, 404, "not_found");
  }
  assertRefused(await post(open, chest, { "azureml-model-deployment": "other" }), 404, "deployment_not_found");
  assert.equal((await post(open, chest, { "azureml-model-deployment": "default" })).statusCode, 200);
});

test("405 with Allow for another method", async () => {
  for (const method of ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"] as const) {
    const response = await open.app.inject({ method, url: "/score" });
    assertRefused(response, 405, "method_not_allowed");
    assert.equal(response.headers.allow, "POST");
  }
  const response = await open.app.inject({ method: "POST", url: "/live", payload: "{}" });
  assertRefused(response, 405, "method_not_allowed");
  assert.equal(response.headers.allow, "GET, HEAD");
});

test("408 when the work takes longer than the caller allows, 503 when its turn never came", async () => {
  const { held, hold, begun, release } = heldEmbedder(embedder);
  const serving = await serve(held);
  hold();
  const slow = post(serving, chest, { "request-timeout-ms": "40" });
  await until(() => begun() === 1);
  assertRefused(await slow, 408, "timeout");
  const late = await post(serving, chest, { "request-timeout-ms": "40" });
  assertRefused(late, 503, "busy");
  assert.match(String(late.headers["retry-after"]), /^[1-9]\d*$/);
  assert.equal(begun(), 1, "what nobody waits for is never begun");
  assert.equal(serving.load.counts.late, 2);
  release();
  assert.equal((await post(serving, chest)).statusCode, 200);
});

test("413 for a body beyond the limit, packed or not", async () => {
  const serving = await serve(embedder, { limits: { maxBodyBytes: 10_000 } });
  const large = envelope(["text"], [["x".repeat(20_000)]]);
  assertRefused(await post(serving, large), 413, "request_too_large");
  const packed = gzipSync(JSON.stringify(large));
  assert.ok(packed.length < 1_000);
  assertRefused(await post(serving, packed, { "content-encoding": "gzip" }), 413, "request_too_large");
  assert.equal((await post(serving, chest)).statusCode, 200);
});

test("415 for what is not declared as JSON or packed in another way", async () => {
  assertRefused(await post(open, chest, { "content-type": "text/plain" }), 415, "unsupported_media_type");
  assertRefused(await post(open, chest, { "content-encoding": "br" }), 415, "unsupported_media_type");
  assert.equal((await post(open, chest, { "content-type": "Application/JSON; charset=utf-8" })).statusCode, 200);
});

test("429 with Retry-After when too much is pending, in calls or in bytes", async () => {
  const { held, hold, release, begun } = heldEmbedder(embedder);
  const serving = await serve(held, { limits: { maxPending: 2, maxPendingBytes: 5_000 } });
  hold();
  const first = post(serving, envelope(["text"], [["x".repeat(3_000)]]));
  await until(() => begun() === 1);
  const large = await post(serving, envelope(["text"], [["x".repeat(3_000)]]));
  assertRefused(large, 429, "too_many_pending");
  const second = post(serving, chest);
  await until(() => serving.load.pending === 2);
  const third = await post(serving, chest);
  assertRefused(third, 429, "too_many_pending");
  for (const { headers } of [large, third]) assert.match(String(headers["retry-after"]), /^[1-9]\d*$/);
  assert.equal(serving.load.counts.refused, 2);
  release();
  assert.deepEqual([(await first).statusCode, (await second).statusCode], [200, 200]);
  assert.equal(serving.load.pending, 0);
});

test("503 with Retry-After until the model has embedded something, and when the server stops", async () => {
  const serving = await serve(undefined);
  const assertNotReady = async (code: string) => {
    for (const response of [await post(serving, chest), await serving.app.inject("/ready")]) {
      assertRefused(response, 503, code);
      assert.match(String(response.headers["retry-after"]), /^[1-9]\d*$/);
    }
    assert.equal((await serving.app.inject("/live")).statusCode, 200);
  };
  await assertNotReady("warming_up");
  await serving.deployment.load(async () => embedder);
  assert.equal((await post(serving, chest)).statusCode, 200);
  assert.deepEqual((await serving.app.inject("/ready")).json(), { status: "ready" });
  serving.endpoint.stop();
  await assertNotReady("stopping");
  assert.equal((await serving.app.inject("/ready")).headers.connection, "close");
});

test("a model that computes nonsense never gets ready", async () => {
  const serving = await serve(undefined);
  let isClosed = false;
  const broken = altered(embedder, {
    embedImage: async () => new Float32Array(20),
    embedText: async () => new Float32Array(20),
    close: async () => {
      isClosed = true;
    },
  });
  await assert.rejects(
    serving.deployment.load(async () => broken),
    { code: "engine-failed" },
  );
  assert.ok(isClosed);
  assertRefused(await post(serving, chest), 503, "warming_up");
});

test("a server without keys answers to the names of loopback alone, since a foreign name may lead here", async () => {
  const ask = (serving: Serving, host: string, url = "/docs") => serving.app.inject({ url, headers: { host } });
  for (const host of ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "127.1.2.3", "[::1]", "[::1]:8080"]) {
    assert.equal((await ask(open, host)).statusCode, 200, host);
  }
  const foreign = [
    "evil.example",
    "localhost.evil.example:80",
    "127.0.0.1.evil.example",
    "[::2]",
    "127.evil:1",
    `${SECRET}:1`,
  ];
  for (const host of foreign) {
    const message = assertRefused(await ask(open, host), 403, "forbidden");
    assert.match(message, /allowedHosts/);
    assert.doesNotMatch(message, /evil|Jane/);
  }
  assertRefused(await ask(open, "evil.example", "/no/such/path"), 403, "forbidden");
  assert.equal((await post(open, chest, { host: "evil.example" })).statusCode, 403);
  const named = await serve(embedder, { allowedHosts: ["medembed.example.org"] });
  assert.equal((await ask(named, "Medembed.example.org:8443")).statusCode, 200);
  assert.equal((await ask(named, "example.org")).statusCode, 403);
  const guarded = await serve(embedder, { keys: ["first-key"] });
  assert.equal((await ask(guarded, "medembed.example.org")).statusCode, 200, "a page has no key");
});

test("an error of ours is a 500 that tells the log where, and nobody what", async () => {
  const fail = async (error: Error) => {
    const serving = await serve(
      altered(embedder, {
        embedText: (text) => (text === SECRET ? Promise.reject(error) : embedder.embedText(text)),
      }),
    );
    const response = await post(serving, envelope(["text"], [[SECRET]]), { "medembed-row-errors": "1" });
    assert.doesNotMatch(response.body + JSON.stringify(serving.logged), /Jane/);
    return { response, logged: serving.logged };
  };
  const bug = await fail(new Error(`cannot read ${SECRET}`));
  assertRefused(bug.response, 500, "internal_error");
  assert.match(bug.logged.find(({ msg }) => msg === "unexpected error").frames[0], /refusals\.test/);
  const crash = await fail(new MedembedError("engine-failed", `a worker thread stopped: ${SECRET}`));
  assertRefused(crash.response, 500, "engine_failed");
  assert.equal(crash.logged.find(({ msg }) => msg === "unexpected error").error, "engine-failed");
});

test("the log has one line a request, without payload, key or query", async () => {
  const serving = await serve(embedder, { keys: ["first-key"] });
  const headers = { authorization: "Bearer first-key", "content-type": "application/json" };
  const body = envelope(["text"], [[SECRET], ["chest"]]);
  const response = await serving.app.inject({
    method: "POST",
    url: `/score?patient=${SECRET}`,
    headers,
    payload: JSON.stringify(body),
  });
  assert.equal(response.statusCode, 200);
  await post(serving, body, { authorization: `Bearer ${SECRET}` });
  await serving.app.inject(`/${encodeURIComponent(SECRET)}`);
  await serving.app.inject("/live");
  await until(() => serving.logged.length === 3);
  const lines = serving.logged.map(({ method, route, status, rows, bytes, error }) => [
    method,
    route,
    status,
    rows,
    bytes,
    error,
  ]);
  assert.deepEqual(lines, [
    ["POST", "/score", 200, 2, JSON.stringify(body).length, undefined],
    ["POST", "/score", 401, 0, 0, "unauthorised"],
    ["GET", "unknown", 404, 0, 0, "not_found"],
  ]);
  assert.equal(serving.logged[0].requestId, response.headers["x-request-id"]);
  assert.ok(serving.logged[0].ms > 0);
  assert.doesNotMatch(JSON.stringify(serving.logged), /Jane|first-key/);
});

/** The header of a PNG that claims 2^20 by 2^20 pixels. */
function hugePng(): string {
  const bytes = Buffer.from(goldenImages[0]);
  bytes.writeUInt32BE(2 ** 20, 16);
  bytes.writeUInt32BE(2 ** 20, 20);
  return bytes.toString("base64");
}

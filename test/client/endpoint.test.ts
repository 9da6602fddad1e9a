import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { Endpoint, type EndpointOptions } from "../../src/client/endpoint.ts";
import { ScoringError } from "../../src/client/index.ts";
import { answer, cutBody, fakeClock, hang, type Play, playing, reset } from "./fault-server.ts";

const OK = answer(200, [{ text_features: [1] }]);

/** Sends a body through the given plays. @returns what came of it, what was waited for, and what the server got */
async function post(plays: Play[], options: Partial<EndpointOptions> = {}, isDivisible = false) {
  const { endpoint, received } = await playing(...plays);
  const { clock, slept } = fakeClock();
  const client = new Endpoint({ endpoint, clock, ...options });
  const outcome = await client.post('{"a":1}', { isDivisible }).then(
    ({ json }) => ({ json, error: undefined }),
    (error: ScoringError) => ({ json: undefined, error }),
  );
  return { ...outcome, slept, received };
}

const RECOVERING: [name: string, plays: Play[], slept: number[]][] = [
  ["429 with Retry-After in seconds", [answer(429, {}, { "retry-after": "4" }), OK], [4500]],
  [
    "503 with Retry-After as a date",
    [answer(503, {}, { "retry-after": "Thu, 01 Jan 2026 00:00:20 GMT" }), OK],
    [20_500],
  ],
  ["503 without it, three times", [answer(503, {}), answer(503, ""), answer(503, "<html>"), OK], [500, 1000, 2000]],
  ["a Retry-After that says nothing", [answer(429, {}, { "retry-after": "soon" }), OK], [500]],
  ["500, 502 and 504", [answer(500, {}), answer(502, {}), answer(504, {}), OK], [500, 1000, 2000]],
  ["408", [answer(408, {}), OK], [500]],
  ["a connection that is reset", [reset, OK], [500]],
  ["a body that is cut", [cutBody, OK], [500]],
  ["JSON that breaks off", [answer(200, '[{"text_features": [0.1'), OK], [500]],
  ["an answer that is no JSON", [answer(200, "<html>please log in</html>"), answer(200, ""), OK], [500, 1000]],
];

for (const [name, plays, expected] of RECOVERING) {
  test(`${name}: sent again, and answered`, async () => {
    const { json, slept, received } = await post(plays);
    assert.deepEqual(json, [{ text_features: [1] }]);
    assert.deepEqual(slept, expected);
    assert.deepEqual(
      received.map(({ body }) => body),
      plays.map(() => '{"a":1}'),
    );
  });
}

for (const status of [300, 302, 400, 401, 403, 404, 405, 413, 415, 422, 424]) {
  test(`${status} is not sent again`, async () => {
    const { error, received } = await post([answer(status, {}, { location: "http://127.0.0.1:9/" }), OK]);
    assert.ok(error instanceof ScoringError);
    assert.deepEqual([error.status, received.length], [status, 1]);
  });
}

test("an answer that does not come is given up, and a new one awaited", async () => {
  const { json, received } = await post([hang, OK], { timeoutMs: 100 });
  assert.deepEqual([json, received.length], [[{ text_features: [1] }], 2]);
  const { error } = await post([hang], { timeoutMs: 50, retries: 0 });
  assert.deepEqual([error?.kind, error?.message], ["slow", "no answer within 50 ms"]);
});

test("a body that can be made smaller is not sent again for being slow, but is for a busy endpoint", async () => {
  for (const status of [408, 504]) assert.equal((await post([answer(status, {}), OK], {}, true)).error?.kind, "slow");
  assert.equal((await post([answer(503, {}), OK], {}, true)).error, undefined);
});

test("waits double up to a minute, drawn from zero, and end after the retries", async () => {
  const full = await post([answer(503, {})], { ...fakeClock({ random: 0 }) });
  assert.deepEqual([full.error?.status, full.received.length], [503, 9]);
  const { clock, slept } = fakeClock({ random: 0.999 });
  await post([reset], { clock, retries: 9 });
  assert.deepEqual(
    slept.map((ms) => Math.round(ms / 999)),
    [1, 2, 4, 8, 16, 32, 60, 60, 60],
  );
  assert.equal((await post([reset], { retries: 0 })).received.length, 1);
});

test("each retry is told before its wait", async () => {
  const told: unknown[] = [];
  await post([answer(429, {}, { "retry-after": "1" }), reset, OK], {
    onRetry: ({ error, attempt, waitMs }) => told.push([error.kind, attempt, waitMs]),
  });
  assert.deepEqual(told, [
    ["busy", 1, 1500],
    ["unreachable", 2, 1000],
  ]);
});

test("retries count for the rate limit", async () => {
  const { slept } = await post([answer(503, {}), OK], { rateLimit: { calls: 1, periodMs: 10_000 } });
  assert.deepEqual(slept, [500, 9500]);
});

test("a port where nobody listens is told with its reason", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  const endpoint = new Endpoint({ endpoint: `http://127.0.0.1:${port}`, retries: 0 });
  await assert.rejects(endpoint.post("{}"), { kind: "unreachable", message: /cannot be reached.*\(ECONNREFUSED\)/ });
});

test("a signal ends the call, the wait for a retry, and the wait for the rate, with its own reason", async () => {
  const reason = new Error("enough");
  const hanging = await playing(hang);
  const busy = await playing(answer(503, {}, { "retry-after": "3000" }));
  const leave = new AbortController();
  const calls = [
    new Endpoint({ endpoint: hanging.endpoint }).post("{}", { signal: leave.signal }),
    new Endpoint({ endpoint: busy.endpoint, onRetry: () => setImmediate(() => leave.abort(reason)) }).post("{}", {
      signal: leave.signal,
    }),
  ];
  const limited = new Endpoint({ endpoint: hanging.endpoint, rateLimit: { calls: 1, periodMs: 80_000 } });
  for (let i = 0; i < 2; i++) calls.push(limited.post("{}", { signal: leave.signal }));
  const found = await Promise.allSettled(calls);
  assert.deepEqual(
    found,
    calls.map(() => ({ status: "rejected", reason })),
  );
  const before = hanging.received.length;
  await assert.rejects(limited.post("{}", { signal: leave.signal }), reason);
  assert.equal(hanging.received.length, before);
});

test("key and deployment go into their headers; an address without a path gets /score", async () => {
  const urls: unknown[] = [];
  const { endpoint, received } = await playing((response) => {
    urls.push(response.req.url);
    OK(response, { headers: {}, body: "" });
  });
  const key = "k".repeat(40);
  await new Endpoint({ endpoint, key, deployment: "chest" }).post("{}");
  await new Endpoint({ endpoint: new URL(`${endpoint}/v1/score?x=1`) }).post(Buffer.from("{}"));
  const [{ headers }, other] = received;
  assert.deepEqual(
    [headers.authorization, headers["azureml-model-deployment"], headers["content-type"], headers["content-length"]],
    [`Bearer ${key}`, "chest", "application/json", "2"],
  );
  assert.deepEqual([other.headers.authorization, other.headers["azureml-model-deployment"]], [undefined, undefined]);
  assert.deepEqual(urls, ["/score", "/v1/score?x=1"]);
});

test("what an endpoint says of an error is told, without the key, control characters or page after page", async () => {
  const key = "first-key";
  const message = `row 3, image: no\u001b[31m PNG;\nkey first-key ${"x".repeat(1000)}`;
  const { error } = await post(
    [answer(424, { error: { code: "image_undecodable", message, row: 3, column: "image" } })],
    { key },
  );
  assert.deepEqual([error?.code, error?.status, error?.row, error?.column], ["image_undecodable", 424, 3, "image"]);
  assert.match(error!.message, /^row 3, image: no \[31m PNG; key … x{200,300}… \(424 image_undecodable\)$/);
  const silent = await post([answer(401, "<h1>first-key</h1>")], { key });
  assert.equal(silent.error?.message, "the key is missing, wrong or expired (401)");
  assert.equal(silent.error?.code, "http_401");
  const long = await post([answer(418, `{"error":{"message":"${"x".repeat(100_000)}"}}`)]);
  assert.equal(long.error?.message, "the endpoint answered with an error (418)");
});

test("an answer without end is not read to its end", async () => {
  const { error } = await post([
    (response) => {
      response.writeHead(424);
      const more = () => {
        while (response.write("x".repeat(65_536)));
      };
      response.on("drain", more);
      more();
    },
  ]);
  assert.equal(error?.message, "the model rejects the input (424)");
});

test("options that make no sense are refused, without repeating what may be secret", () => {
  const endpoint = "http://127.0.0.1:8080";
  const wrong: Record<string, EndpointOptions> = {
    "no address": { endpoint: "secret" },
    "begins with file:": { endpoint: "file:///secret" },
    "user or password": { endpoint: "https://user:secret@host/score" },
    "the key is empty or holds": { endpoint, key: "secret\n" },
    "the deployment is empty": { endpoint, deployment: "" },
    "timeoutMs is 0": { endpoint, timeoutMs: 0 },
    "retries is -1": { endpoint, retries: -1 },
    "rateLimit.calls is 0.5": { endpoint, rateLimit: { calls: 0.5, periodMs: 1 } },
  };
  for (const [message, options] of Object.entries(wrong)) {
    assert.throws(
      () => new Endpoint(options),
      (error: Error & { code?: string }) =>
        error.code === "usage" && error.message.includes(message) && !error.message.includes("secret"),
      message,
    );
  }
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { test } from "node:test";
import { answer, hang, type Play, playing, reset } from "../client/fault-server.ts";
import {
  GOLDEN_TOLERANCE,
  golden,
  goldenFile,
  goldenImages,
  largestDifference,
  openGolden,
  temporaryFolder,
} from "../golden-small.ts";
import { serve } from "../server/serving.ts";
import { medembed, parseLines, startMedembed } from "./run.ts";

const KEY = "a-secret-key";
const folder = await temporaryFolder();
const embedder = await openGolden({ folder });
const { app } = await serve(embedder, { keys: [KEY] });
await app.listen({ host: "127.0.0.1", port: 0 });
const endpoint = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/score`;
const env = { MEDEMBED_KEY: KEY };

const [picture, other] = golden.images.map(({ file }) => goldenFile(file));
const { text, embedding } = golden.texts[1];
const noPicture = join(folder, "no-picture.png");
await writeFile(noPicture, "no picture");
const request = join(folder, "request.json");
await writeFile(
  request,
  JSON.stringify({
    input_data: { columns: ["text", "image"], data: [[text, goldenImages[0].toString("base64")]] },
    params: { get_scaling_factor: "False" },
  }),
);

test("a request file is sent as it is, and the answer printed as it came", async () => {
  const { code, stdout, stderr } = await medembed(["score", request, "--endpoint", endpoint], { env });
  assert.deepEqual([code, stderr], [0, ""]);
  const direct = await fetch(endpoint, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
    body: await readFile(request),
  });
  assert.equal(stdout, await direct.text());
  assert.ok(largestDifference(JSON.parse(stdout)[0].text_features, embedding) <= GOLDEN_TOLERANCE);

  const out = join(folder, "answer.json");
  const piped = await medembed(
    ["score", "-", "--endpoint", endpoint, "--key", KEY, "--deployment", "default", "--out", out],
    {
      stdin: await readFile(request, "utf8"),
    },
  );
  assert.deepEqual([piped.code, piped.stdout, piped.stderr], [0, "", ""]);
  assert.equal(await readFile(out, "utf8"), stdout);
});

test("images and texts become one line each, in order, with what decides whether vectors compare", async () => {
  const args = ["score", "--image", picture, "--image", other, "--text", text, "--endpoint", endpoint];
  const { code, stdout, stderr } = await medembed(args, { env });
  assert.equal(code, 0, stderr);
  const lines = parseLines(stdout);
  const facts = { weights: embedder.card.weights, profile: "direct", scaling_factor: embedder.card.logitScale };
  assert.deepEqual(
    lines.map(({ vector, ...rest }) => rest),
    [
      { index: 0, image: picture, ...facts },
      { index: 1, image: other, ...facts },
      { index: 2, text, ...facts },
    ],
  );
  const expected = [golden.images[0].embedding, golden.images[1].embedding, embedding];
  for (const [i, { vector }] of lines.entries()) assert.ok(largestDifference(vector, expected[i]) <= GOLDEN_TOLERANCE);
  assert.match(stderr, /^3 rows, 0 failed, /m);
});

test("what cannot be scored is named with its reason, costs nothing else, and exits with 1", async () => {
  const missing = join(folder, "missing.png");
  const out = join(folder, "lines.jsonl");
  const args = ["score", "--image", missing, "--image", noPicture, "--image", picture, "--endpoint", endpoint];
  const { code, stdout, stderr } = await medembed([...args, "--out", out], { env });
  assert.deepEqual([code, stdout], [1, ""]);
  assert.deepEqual(
    parseLines(await readFile(out, "utf8")).map(({ index }) => index),
    [2],
  );
  assert.match(stderr, /^failed: .*missing\.png: row 0, image: .*missing\.png is no file$/m);
  assert.match(stderr, /^failed: .*no-picture\.png: row 1, image: .*\(image_undecodable\)$/m);
  assert.match(stderr, /^1 rows, 2 failed, /m);

  const asJson = parseLines((await medembed([...args, "--json"], { env })).stdout);
  assert.deepEqual(
    asJson.map(({ index, error }) => [index, error?.code]),
    [
      [0, "image_unreadable"],
      [1, "image_undecodable"],
      [2, undefined],
    ],
  );
});

test("the labels of a classifier are printed as it sends them", async () => {
  const labels = [
    { label: "normal", score: 0.75 },
    { label: "esophagitis", score: 0.25 },
  ];
  const classifier = await playing(answer(200, [labels]));
  const { stdout } = await medembed(["score", "--image", picture, "--endpoint", classifier.endpoint]);
  assert.deepEqual(parseLines(stdout), [{ index: 0, image: picture, labels }]);
});

const REQUEST = [request];
const ROW = ["--text", "a"];

const FAILING: [name: string, inputs: string[][], args: string[], play: Play, stderr: RegExp][] = [
  [
    "a wrong key",
    [REQUEST, ROW],
    [],
    answer(401, { error: { code: "unauthorised", message: `no ${KEY}` } }),
    /^medembed: no … \(401 unauthorised\)\n$/,
  ],
  [
    "an unknown deployment",
    [REQUEST, ROW],
    ["--deployment", "x"],
    answer(404, ""),
    /^medembed: there is no such .* \(404\)\n$/,
  ],
  [
    "a connection cut again and again",
    [REQUEST, ROW],
    ["--retries", "1"],
    reset,
    /; again in [01]\.\d s\nmedembed: .* broke off \(\w+\)\n$/,
  ],
  [
    "no answer in time",
    [REQUEST],
    ["--timeout", "1", "--retries", "0"],
    hang,
    /^medembed: no answer within 1000 ms\n$/,
  ],
  [
    "a page in place of an answer",
    [REQUEST],
    ["--retries", "0"],
    answer(200, `<html>${KEY}</html>`),
    /^medembed: the answer is not JSON\n$/,
  ],
];

for (const [name, inputs, args, play, expected] of FAILING) {
  test(`${name}: told in one line, without the key, with exit code 1, an older file left as it is`, async () => {
    const faulty = await playing(play);
    const out = join(folder, "older.json");
    await writeFile(out, "older");
    for (const input of inputs) {
      const all = ["score", ...input, "--endpoint", faulty.endpoint, "--out", out, "--json", ...args];
      const { code, stdout, stderr } = await medembed(all, { env });
      assert.equal(code, 1);
      assert.match(stderr, expected);
      assert.equal(typeof JSON.parse(stdout).error.code, "string");
      assert.ok(!`${stdout}${stderr}`.includes(KEY));
      assert.equal(await readFile(out, "utf8"), "older");
    }
  });
}

test("--json tells on standard output why there is no answer", async () => {
  const { endpoint: faulty } = await playing(answer(404, { error: { code: "deployment_not_found", message: "none" } }));
  const error = { code: "deployment_not_found", message: "none (404 deployment_not_found)", status: 404 };
  const { code, stdout } = await medembed(["score", request, "--endpoint", faulty, "--json"]);
  assert.deepEqual([code, JSON.parse(stdout)], [1, { error }]);
  assert.equal((await medembed(["score", request, "--endpoint", faulty])).stdout, "");
});

const USAGE: [args: string[], message: RegExp][] = [
  [[], /nothing to score/],
  [[request, "--text", "a", "--endpoint", endpoint], /give either/],
  [[request], /score needs --endpoint <url>/],
  [[request, "--endpoint", "nowhere"], /the endpoint is no address/],
  [[request, "--endpoint", endpoint, "--timeout", "0"], /--timeout 0 must be a whole number from 1 to 300/],
  [[request, "--endpoint", endpoint, "--retries", "many"], /--retries many must be/],
  [[request, "--endpoint", endpoint, "--key", `${KEY}\n`], /the key is empty or holds/],
];

for (const [args, message] of USAGE) {
  test(`exit code 2: ${message.source}`, async () => {
    const { code, stdout, stderr } = await medembed(["score", ...args]);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, new RegExp(KEY));
  });
}

test("a request file that is missing, and an output that cannot be written, are told with exit code 1", async () => {
  const missing = await medembed(["score", join(folder, "none.json"), "--endpoint", endpoint], { env });
  assert.deepEqual([missing.code, missing.stdout], [1, ""]);
  assert.match(missing.stderr, /none\.json is no file\n$/);
  for (const input of [[request], ["--text", "a"]]) {
    const out = join(folder, "no-folder", "out.json");
    const unwritable = await medembed(["score", ...input, "--endpoint", endpoint, "--out", out], { env });
    assert.equal(unwritable.code, 1);
    assert.match(unwritable.stderr, /^medembed: cannot write .*: ENOENT$/m);
  }
});

test("Ctrl-C ends it with 1; lines that were written stay", async () => {
  const scoreImage = answer(200, [{ image_features: [[1, 2]] }]);
  const { endpoint: slow } = await playing((response, call) => {
    if (JSON.parse(call.body).input_data.columns.length === 1) scoreImage(response, call);
  });
  const child = startMedembed(["score", "--image", picture, "--text", "a", "--endpoint", slow]);
  const ended = Promise.all([readAll(child.stderr), once(child, "exit")]);
  const [stdout] = await once(child.stdout, "data");
  child.kill("SIGINT");
  const [stderr, [code]] = await ended;
  assert.equal(code, 1);
  assert.equal(stderr, "medembed: interrupted\n");
  assert.deepEqual(parseLines(String(stdout)), [{ index: 0, image: picture, vector: [1, 2] }]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { goldenImages, openGolden } from "../golden-small.ts";
import { envelope, heldEmbedder, post, serve, until } from "./serving.ts";

const embedder = await openGolden();
const [image] = goldenImages.map((bytes) => bytes.toString("base64"));
const KEY = { authorization: "Bearer first-key" };
const chest = envelope(["text"], [["chest"]]);

test("the line of a call has its deployment, its times and the number that the caller got", async () => {
  const deployments = [{}, { name: "candidate", traffic: 0 }];
  const serving = await serve(embedder, { keys: ["first-key"], deployments });
  const response = await post(serving, envelope(["image", "text"], [[image, "chest"]]), {
    ...KEY,
    "azureml-model-deployment": "candidate",
    "x-request-id": "of the caller",
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  });
  assert.equal(response.statusCode, 200);
  await until(() => serving.logged.length === 1);
  const { time, requestId, ms, queueMs, computeMs, bytes, ...line } = serving.logged[0];
  assert.deepEqual(line, {
    level: 30,
    method: "POST",
    route: "/score",
    status: 200,
    rows: 1,
    key: "key-0",
    deployment: "candidate",
    msg: "request",
  });
  assert.equal(requestId, response.headers["x-request-id"]);
  assert.match(String(requestId), /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/, "its own, not the caller's");
  assert.ok(queueMs >= 0 && computeMs > 0 && queueMs + computeMs <= ms + 0.2, JSON.stringify(serving.logged[0]));
  assert.ok(bytes > image.length);
  for (const value of [ms, queueMs, computeMs]) assert.equal(value, Math.round(value * 10) / 10);
});

test("a call that was given up has its times, and one that was not let in has none", async () => {
  const { held, hold, release, begun } = heldEmbedder(embedder);
  const serving = await serve(held, { keys: ["first-key"] });
  hold();
  const late = post(serving, chest, { ...KEY, "request-timeout-ms": "40" });
  await until(() => begun() === 1);
  assert.equal((await late).statusCode, 408);
  await post(serving, chest);
  await post(serving, "{", KEY);
  release();
  await until(() => serving.logged.length === 3);
  const [slow, stranger, malformed] = serving.logged;
  assert.equal(slow.error, "timeout");
  assert.ok(slow.queueMs + slow.computeMs >= 38, JSON.stringify(slow));
  assert.deepEqual([stranger.error, stranger.deployment, stranger.queueMs], ["unauthorised", undefined, undefined]);
  assert.deepEqual(
    [malformed.error, malformed.deployment, malformed.queueMs],
    ["invalid_request", "default", undefined],
  );
});

test("whatever is sent wherever, no line of a run holds any of it", async () => {
  const secret = "Doe_Jane_19700101";
  const serving = await serve(embedder, { keys: ["first-key"], limits: { maxBodyBytes: 100_000 } });
  const texts = envelope(["text"], [[secret]]);
  const calls: [body: unknown, headers?: Record<string, string>][] = [
    [texts],
    [texts, { authorization: `Bearer ${secret}` }],
    [texts, { "azureml-model-deployment": secret }],
    [texts, { "medembed-row-errors": secret }],
    [texts, { "request-timeout-ms": secret }],
    [texts, { "content-type": `text/${secret}` }],
    [texts, { "content-encoding": secret }],
    [texts, { traceparent: secret, "x-request-id": secret, "user-agent": secret, cookie: secret }],
    [`{"${secret}`],
    [{ [secret]: 1 }],
    [envelope([secret], [[secret]])],
    [envelope(["text"], [[secret.repeat(10_000)]])],
    [envelope(["text"], [["chest"]], { get_scaling_factor: secret })],
    [envelope(["image"], [[`https://pacs.example/${secret}.dcm`]])],
    [envelope(["image"], [[`data:image/png;name=${secret}.png;base64,AAAA`]])],
    [envelope(["image"], [[Buffer.from(secret).toString("base64")]])],
    [
      envelope(
        ["image", "text"],
        [
          [null, null],
          [secret, secret],
        ],
      ),
      { "medembed-row-errors": "1" },
    ],
  ];
  for (const [body, headers] of calls) await post(serving, body, { ...KEY, ...headers });
  for (const url of [`/${secret}`, `/score?patient=${secret}`, `/docs/${secret}.png`, `/%zz${secret}`]) {
    await serving.app.inject({ url, headers: { host: secret } });
  }
  await until(() => serving.logged.length === calls.length + 4);
  assert.ok(new Set(serving.logged.map(({ status }) => status)).size >= 6, "they ended in many ways");
  assert.ok(serving.logged.every(({ msg, requestId }) => msg === "request" && requestId));
  assert.doesNotMatch(JSON.stringify(serving.logged), /Doe|Jane|1970|first-key|RG9l/i);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { Caller } from "../../src/server/caller.ts";
import { Keys } from "../../src/server/keys.ts";
import { TokenBucket } from "../../src/server/token-bucket.ts";
import { openGolden } from "../golden-small.ts";
import { envelope, heldEmbedder, post, serve, until } from "./serving.ts";

const embedder = await openGolden();
const chest = envelope(["text"], [["chest"]]);
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

test("a minute's worth may come at once, then one by one as fast as they come back", () => {
  let now = 0;
  const bucket = new TokenBucket(60, () => now);
  for (let i = 0; i < 60; i++) assert.equal(bucket.take(), 0);
  assert.equal(bucket.take(), 1_000);
  now += 250;
  assert.equal(bucket.take(), 750, "exact, and asking costs nothing");
  now += 750;
  assert.equal(bucket.take(), 0);
  assert.equal(bucket.take(), 1_000);
  now += 3_600_000;
  for (let i = 0; i < 60; i++) assert.equal(bucket.take(), 0);
  assert.notEqual(bucket.take(), 0, "what is not used in a minute is gone");
});

test("over its rate a key is told in how many seconds there is room, and then there is", async () => {
  let now = 0;
  const caller = new Caller("pacs", { requestsPerMinute: 2 }, { now: () => now });
  for (let i = 0; i < 2; i++) (await caller.enter())();
  now += 500;
  await assert.rejects(caller.enter(), { code: "over-quota", retryAfter: 30 });
  now += 28_500;
  await assert.rejects(caller.enter(), { code: "over-quota", retryAfter: 1 });
  now += 1_000;
  (await caller.enter())();
  assert.deepEqual([caller.pending, caller.refused], [0, 2]);
});

test("429 with Retry-After for the key that asks too often; others are served", async () => {
  const serving = await serve(embedder, {
    keys: ["primary-key", { name: "pacs", key: "pacs-key", requestsPerMinute: 1 }],
  });
  assert.equal((await post(serving, chest, bearer("pacs-key"))).statusCode, 200);
  const refused = await post(serving, chest, bearer("pacs-key"));
  assert.equal(refused.statusCode, 429);
  assert.equal(refused.json().error.code, "quota_exceeded");
  assert.ok(["59", "60"].includes(String(refused.headers["retry-after"])), String(refused.headers["retry-after"]));
  assert.equal((await post(serving, chest, bearer("primary-key"))).statusCode, 200);
});

test("429 for the key that has too many calls pending, until one has ended", async () => {
  const { held, hold, begun, release } = heldEmbedder(embedder);
  const serving = await serve(held, { keys: ["primary-key", { name: "pacs", key: "pacs-key", maxPending: 1 }] });
  hold();
  const first = post(serving, chest, bearer("pacs-key"));
  await until(() => begun() === 1);
  const refused = await post(serving, chest, bearer("pacs-key"));
  assert.equal(refused.statusCode, 429);
  assert.equal(refused.json().error.code, "too_many_pending");
  assert.match(String(refused.headers["retry-after"]), /^[1-9]\d*$/);
  const other = post(serving, chest, bearer("primary-key"));
  release();
  assert.deepEqual([(await first).statusCode, (await other).statusCode], [200, 200]);
  assert.equal((await post(serving, chest, bearer("pacs-key"))).statusCode, 200);
  const senseless = await post(serving, "no JSON", bearer("pacs-key"));
  assert.equal(senseless.statusCode, 400);
  assert.equal((await post(serving, chest, bearer("pacs-key"))).statusCode, 200, "a refused call is over, too");
});

test("a key may be good for some deployments only: 403 for others, and the traffic is drawn among its own", async () => {
  let drawn = 0;
  const serving = await serve(embedder, {
    keys: ["primary-key", { name: "pacs", key: "pacs-key", deployments: ["green", "idle"] }],
    deployments: [
      { name: "blue", traffic: 80 },
      { name: "green", traffic: 20 },
      { name: "idle", traffic: 0 },
    ],
    random: () => drawn,
  });
  const send = (key: string, name?: string) =>
    post(serving, chest, { ...bearer(key), ...(name !== undefined && { "azureml-model-deployment": name }) });
  for (drawn of [0, 0.5, 0.999]) {
    assert.equal((await send("pacs-key")).headers["azureml-model-deployment"], "green");
  }
  assert.equal((await send("pacs-key", "idle")).statusCode, 200);
  for (const name of ["blue", "unknown"]) {
    const refused = await send("pacs-key", name);
    assert.equal(refused.statusCode, 403, "and nobody learns which others there are");
    assert.equal(refused.json().error.code, "forbidden");
  }
  assert.equal((await send("primary-key", "blue")).statusCode, 200);
});

test("a key is good until it expires", async () => {
  const at = (expires: number) => [{ name: "guest", key: "guest-key", expires }];
  const expired = await serve(embedder, { keys: at(Date.now() - 1) });
  const refused = await post(expired, chest, bearer("guest-key"));
  assert.equal(refused.statusCode, 401);
  assert.equal(refused.headers["www-authenticate"], "Bearer");
  assert.match(refused.json().error.message, /expired/);
  const valid = await serve(embedder, { keys: at(Date.now() + 3_600_000) });
  assert.equal((await post(valid, chest, bearer("guest-key"))).statusCode, 200);
});

test("the admin's key opens what administers and does not score; other keys score only", async () => {
  const serving = await serve(embedder, { keys: ["primary-key"], admin: "admin-key" });
  const status = (headers: Record<string, string>) => serving.app.inject({ url: "/admin/status", headers });
  assert.equal((await post(serving, chest, bearer("admin-key"))).statusCode, 403);
  assert.equal((await status(bearer("primary-key"))).statusCode, 403);
  for (const headers of [bearer("other"), {}]) assert.equal((await status(headers)).statusCode, 401);
  await post(serving, chest, bearer("primary-key"));
  const { deployments, keys, calls } = (await status(bearer("admin-key"))).json();
  assert.deepEqual(deployments, [{ name: "default", state: "ready", pending: 0, refused: 0, traffic: 100, mirror: 0 }]);
  assert.deepEqual(keys, [{ name: "key-0", pending: 0, refused: 0, hasExpired: false }]);
  assert.equal(calls.done.finished, 1);
});

test("without an admin key there is nothing to administer, whatever other keys there are", async () => {
  for (const keys of [[], ["primary-key"]]) {
    const serving = await serve(embedder, { keys });
    for (const [method, url] of [
      ["GET", "/admin/status"],
      ["POST", "/admin/reload"],
    ] as const) {
      const response = await serving.app.inject({ method, url, headers: bearer("primary-key") });
      assert.equal(response.statusCode, 404, url);
    }
  }
});

test("an endpoint whose only key is the admin's is open to all who score", async () => {
  const serving = await serve(embedder, { admin: "admin-key" });
  assert.equal((await post(serving, chest)).statusCode, 200);
  assert.equal((await serving.app.inject("/admin/status")).statusCode, 401);
});

test("rotating the primary key leaves the secondary, and who keeps a name keeps what is used of the quota", async () => {
  const secondary = { name: "secondary", key: "second" };
  const pacs = { name: "pacs", key: "pacs-old", requestsPerMinute: 1 };
  const keys = new Keys({ scoring: [{ name: "primary", key: "old" }, secondary, pacs] });
  await keys.identify("Bearer pacs-old").enter();
  keys.replace({ scoring: [{ name: "primary", key: "new" }, secondary, { ...pacs, key: "pacs-new" }] });
  assert.equal(keys.identify("Bearer second").name, "secondary");
  assert.equal(keys.identify("Bearer new").name, "primary");
  for (const old of ["old", "pacs-old"]) assert.throws(() => keys.identify(`Bearer ${old}`), { code: "unauthorised" });
  await assert.rejects(keys.identify("Bearer pacs-new").enter(), { code: "over-quota" });
  assert.equal(keys.identify("Bearer pacs-new").pending, 1);
  keys.replace({ scoring: [{ ...pacs, requestsPerMinute: 2 }] });
  await keys.identify("Bearer pacs-old").enter();
});

test("log lines have the name of the key and never the key", async () => {
  const serving = await serve(embedder, { keys: [{ name: "pacs", key: "hush-hush" }], admin: "hush-admin" });
  await post(serving, chest, bearer("hush-hush"));
  await post(serving, chest, bearer("hush-wrong"));
  await serving.app.inject({ url: "/admin/status", headers: bearer("hush-admin") });
  await until(() => serving.logged.length === 3);
  assert.deepEqual(
    serving.logged.map(({ status, key }) => [status, key]),
    [
      [200, "pacs"],
      [401, undefined],
      [200, undefined],
    ],
  );
  assert.doesNotMatch(JSON.stringify(serving.logged), /hush/);
});

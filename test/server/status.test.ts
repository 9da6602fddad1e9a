import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_CACHE, openCache } from "../../src/server/cache/cache-config.ts";
import { CachingEmbedder } from "../../src/server/cache/caching-embedder.ts";
import { RecentSamples } from "../../src/server/metrics/recent-samples.ts";
import { openGolden } from "../golden-small.ts";
import { envelope, post, prompted, serve } from "./serving.ts";

const embedder = await openGolden();
const KEY = { authorization: "Bearer first-key" };

test("a status tells deployments and quotas, to whom they belong, and nothing of a key", async () => {
  const serving = await serve(embedder, {
    keys: [
      { name: "pacs", key: "first-key", requestsPerMinute: 3, maxPending: 2, deployments: ["default"] },
      { name: "all", key: "second-key" },
    ],
    deployments: [{}, { name: "views", traffic: 0, labels: prompted("head", "chest") }],
  });
  await post(serving, envelope(["text"], [["chest"]]), KEY);
  const { deployments, keys } = (await serving.app.inject({ url: "/status", headers: KEY })).json();
  assert.deepEqual(
    deployments.map(({ name }: { name: string }) => name),
    ["default"],
    "others than its own are not the key's business",
  );
  assert.deepEqual(keys[0], {
    name: "pacs",
    pending: 0,
    refused: 0,
    hasExpired: false,
    maxPending: 2,
    requestsPerMinute: 3,
    left: 2,
  });
  const all = (await serving.app.inject({ url: "/status", headers: { authorization: "Bearer second-key" } })).json();
  const { classifier } = all.deployments[1];
  assert.deepEqual(classifier, {
    isTrained: false,
    library: null,
    labels: [
      { label: "head", thresholds: null },
      { label: "chest", thresholds: null },
    ],
  });
  assert.doesNotMatch(JSON.stringify(all), /-key/);
  assert.equal((await serving.app.inject("/status")).statusCode, 401);
});

test("a sample counts what has happened since the one before", async () => {
  const cached = new CachingEmbedder(embedder, openCache(DEFAULT_CACHE, assert.fail));
  const { endpoint, load } = await serve(cached);
  const recent = new RecentSamples({ endpoint, load });
  try {
    recent.sample(); // the deployment has tested itself
    const line = { method: "POST", route: "/score", status: 200, rows: 2, bytes: 10 };
    for (const ms of [30, 10, 20]) recent.record({ ...line, ms, queueMs: 1 });
    recent.record({ ...line, ms: 9_000 }); // nothing was embedded
    for (const text of ["one", "one", "two"]) await cached.embedText(text);
    recent.sample();
    const [first] = recent.all.slice(-1);
    const { calls, rows, median, p95, pending, hits } = first;
    assert.deepEqual(
      { calls, rows, median, p95, pending, hits },
      { calls: 3, rows: 6, median: 20, p95: 30, pending: 0, hits: 1 },
    );
    assert.equal(first.lookups, 3);
    assert.ok(first.lag >= 0);
    recent.sample();
    const [second] = recent.all.slice(-1);
    assert.deepEqual([second.calls, second.median, second.lookups], [0, null, 0]);
    for (let i = 0; i < 1_000; i++) recent.sample();
    assert.ok(recent.all.length < 1_000, "old ones are forgotten");
  } finally {
    recent.close();
  }
});

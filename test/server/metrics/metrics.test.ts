import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type AddressInfo, connect } from "node:net";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { openCache } from "../../../src/server/cache/cache-config.ts";
import { CachingEmbedder } from "../../../src/server/cache/caching-embedder.ts";
import { measurePeak } from "../../../src/server/metrics/measure-peak.ts";
import { Metrics } from "../../../src/server/metrics/metrics.ts";
import { goldenImages, openGolden, temporaryFolder } from "../../golden-small.ts";
import { envelope, heldEmbedder, post, type Serving, serve, until } from "../serving.ts";

const folder = await temporaryFolder();
const embedder = await openGolden({ folder, threads: 2, name: "default" });
const [image] = goldenImages.map((bytes) => bytes.toString("base64"));
const chest = envelope(["text"], [["chest"]]);
const KEY = { authorization: "Bearer first-key" };

/** What /metrics says: each series with its value. Every line must be of the format, under the type of its metric. */
async function scrape({ app }: Serving, headers = {}): Promise<Map<string, number>> {
  const response = await app.inject({ url: "/metrics", headers });
  assert.equal(response.statusCode, 200);
  assert.equal(response.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
  const series = new Map<string, number>();
  const types = new Map<string, string>();
  for (const line of response.body.split("\n")) {
    const type = /^# TYPE (\w+) (counter|gauge|histogram)$/.exec(line);
    if (type) types.set(type[1], type[2]);
    if (line === "" || line.startsWith("#")) continue;
    const sample = /^([a-z]\w*)(\{(?:\w+="[^"\n]*",?)+\})? (Nan|\+Inf|-?[\d.e+-]+)$/.exec(line);
    assert.ok(sample, line);
    const [, name, labels = "", value] = sample;
    const metric = types.get(name) ? name : name.replace(/_(bucket|sum|count)$/, "");
    assert.ok(types.get(metric), `${name} has a type`);
    const key = name + labels;
    assert.ok(!series.has(key), `${key} stands there twice`);
    series.set(key, Number(value));
  }
  return series;
}

/** How two scrapes differ, without buckets and times. */
function growth(before: Map<string, number>, now: Map<string, number>): Record<string, number> {
  return Object.fromEntries(
    [...now]
      .map(([key, value]) => [key, value - (before.get(key) ?? 0)] as const)
      .filter(
        ([key, difference]) =>
          difference !== 0 && /^medembed_(?!.*(_bucket|_seconds_sum|_per_second|_share))/.test(key),
      ),
  );
}

test("the numbers are those of a known series of calls", async () => {
  const { held, hold, release, begun } = heldEmbedder(embedder);
  const serving = await serve(held, {
    keys: ["first-key"],
    limits: { maxPending: 2 },
    deployments: [{}, { name: "small", traffic: 0, maxPending: 1 }],
  });
  const { app, load } = serving;
  const before = await scrape(serving, KEY);

  const texts = envelope(["text"], [["chest"], ["chest"], ["head"]]);
  const both = envelope(["image", "text"], [[image, "chest"]]);
  assert.equal((await post(serving, texts, KEY)).statusCode, 200);
  assert.equal((await post(serving, both, KEY)).statusCode, 200);
  assert.equal((await post(serving, texts)).statusCode, 401);
  assert.equal((await post(serving, "{", KEY)).statusCode, 400);
  assert.equal((await app.inject("/secret/path")).statusCode, 404);
  assert.equal((await app.inject({ method: "TRACE", url: "/score" })).statusCode, 405);

  hold();
  const first = post(serving, chest, { ...KEY, "request-timeout-ms": "30" });
  await until(() => begun() === 1);
  assert.equal((await first).statusCode, 408);
  const pending = post(serving, chest, { ...KEY, "azureml-model-deployment": "small" });
  await until(() => load.pending === 1);
  assert.equal((await post(serving, chest, { ...KEY, "azureml-model-deployment": "small" })).statusCode, 429);

  const { pending: calls, pendingBytes } = load;
  const within = await scrape(serving, KEY);
  assert.equal(within.get("medembed_pending_calls"), calls);
  assert.equal(within.get("medembed_pending_bytes"), pendingBytes);
  assert.ok(pendingBytes >= JSON.stringify(chest).length);
  assert.equal(within.get('medembed_deployment_pending_calls{deployment="small"}'), 1);

  await app.listen({ host: "127.0.0.1", port: 0 });
  const socket = connect((app.server.address() as AddressInfo).port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(
    `POST /score HTTP/1.1\r\nHost: x\r\nAuthorization: ${KEY.authorization}\r\nContent-Type: application/json\r\n`,
  );
  socket.write("Content-Length: 100\r\n\r\nhalf a body");
  await until(() => load.pending === 2);
  assert.equal((await post(serving, chest, KEY)).statusCode, 429);
  socket.destroy();
  await until(() => load.counts.left === 1);
  release();
  assert.equal((await pending).statusCode, 200);
  await until(() => serving.logged.filter(({ msg }) => msg === "request").length === 11);

  const bytes = [texts, both, chest, chest].reduce(
    (sum, body) => sum + JSON.stringify(body).length,
    "{half a body".length,
  );
  assert.deepEqual(growth(before, await scrape(serving, KEY)), {
    'medembed_requests_total{route="/score",method="POST",status="200"}': 3,
    'medembed_requests_total{route="/score",method="POST",status="401"}': 1,
    'medembed_requests_total{route="/score",method="POST",status="400"}': 1,
    'medembed_requests_total{route="/score",method="POST",status="408"}': 1,
    'medembed_requests_total{route="/score",method="POST",status="429"}': 2,
    'medembed_requests_total{route="/score",method="POST",status="499"}': 1,
    'medembed_requests_total{route="/score",method="other",status="405"}': 1,
    'medembed_requests_total{route="unknown",method="GET",status="404"}': 1,
    'medembed_requests_total{route="/metrics",method="GET",status="200"}': 2,
    'medembed_request_seconds_count{route="/score"}': 10,
    'medembed_request_seconds_count{route="unknown"}': 1,
    'medembed_request_seconds_count{route="/metrics"}': 2,
    'medembed_call_queue_seconds_count{deployment="default"}': 3,
    'medembed_call_queue_seconds_count{deployment="small"}': 1,
    'medembed_call_compute_seconds_count{deployment="default"}': 3,
    'medembed_call_compute_seconds_count{deployment="small"}': 1,
    medembed_rows_total: 6,
    medembed_received_bytes_total: bytes,
    'medembed_stage_seconds_count{stage="receive"}': 6,
    'medembed_stage_seconds_count{stage="parse"}': 5,
    'medembed_stage_seconds_count{stage="embed"}': 4,
    'medembed_stage_seconds_count{stage="write"}': 3,
    'medembed_calls_dropped_total{reason="late"}': 1,
    'medembed_calls_dropped_total{reason="left"}': 1,
    'medembed_calls_dropped_by_stage_total{stage="computing"}': 1,
    'medembed_calls_dropped_by_stage_total{stage="receiving"}': 1,
    // of the embedder, by now: what the self-tests had it do is in `before`
    'medembed_batch_items_sum{deployment="default",queue="pictures"}': 1,
    'medembed_batch_items_count{deployment="default",queue="pictures"}': 1,
    'medembed_batch_items_sum{deployment="default",queue="images"}': 1,
    'medembed_batch_items_count{deployment="default",queue="images"}': 1,
    'medembed_batch_items_sum{deployment="default",queue="texts"}': 6,
    'medembed_batch_items_count{deployment="default",queue="texts"}': 6,
    'medembed_batch_seconds_count{deployment="default",queue="pictures"}': 1,
    'medembed_batch_seconds_count{deployment="default",queue="images"}': 1,
    'medembed_batch_seconds_count{deployment="default",queue="texts"}': 6,
    medembed_calls_finished_total: 4,
    medembed_calls_refused_total: 1,
    'medembed_deployment_refused_total{deployment="small"}': 1,
  });
});

test("items share batches, and what nobody waits for is dropped from its queue", async () => {
  const busy = await openGolden({ folder, threads: 2, name: "busy" });
  const serving = await serve(embedder);
  const controller = new AbortController();
  const texts = Array.from({ length: 6 }, () => busy.embedText("chest"));
  const dropped = Array.from({ length: 2 }, () => busy.embedText("a longer text", { signal: controller.signal }));
  dropped.push(busy.embedText("another text", { deadline: 0 }));
  const refused = dropped.map((item) => assert.rejects(item, { name: "MedembedError" }));
  controller.abort();
  await Promise.all([...texts, ...refused]);
  const now = await scrape(serving);
  const labels = 'deployment="busy",queue="texts"';
  assert.equal(now.get(`medembed_items_dropped_total{${labels}}`), 3);
  assert.equal(now.get(`medembed_batch_items_sum{${labels}}`), 6);
  assert.equal(now.get(`medembed_batch_items_count{${labels}}`), 1);
  assert.equal(now.get('medembed_batch_items_bucket{le="4",deployment="busy",queue="texts"}'), 0);
  assert.equal(now.get('medembed_batch_items_bucket{le="8",deployment="busy",queue="texts"}'), 1);
});

test("a deployment is not ready, then is, with its peak and its share of it", async () => {
  const serving = await serve(undefined);
  const ready = 'medembed_deployment_ready{deployment="default"}';
  const peak = 'medembed_deployment_peak_images_per_second{deployment="default"}';
  const share = 'medembed_deployment_share_of_peak{deployment="default"}';
  const loading = await scrape(serving);
  assert.deepEqual([loading.get(ready), loading.get(peak), loading.get(share)], [0, undefined, undefined]);

  await serving.deployment.load(async () => embedder, { measure: (loaded) => measurePeak(loaded) });
  const idle = await scrape(serving);
  assert.equal(idle.get(ready), 1);
  assert.ok(idle.get(peak)! > 0);
  assert.equal(idle.get(peak), serving.deployment.peakRate);
  assert.ok(idle.get(share)! > 0, "the measuring itself was work");
  const { name, weights, precision } = embedder.card;
  const info = `deployment="default",model="${name}",weights="${weights}",precision="${precision}",profile="${embedder.profile}"`;
  assert.equal(idle.get(`medembed_deployment_info{${info}}`), 1);

  await Promise.all(Array.from({ length: 40 }, () => embedder.embedImage(goldenImages[0])));
  assert.ok((await scrape(serving)).get(share)! > 0);
  serving.endpoint.stop();
  assert.equal((await scrape(serving)).get(ready), 0);
});

test("the cache tells how each thing that was asked for was found", async () => {
  const serving = await serve(undefined);
  const levels = openCache({ memoryBytes: 2 ** 20, folderBytes: 0 }, () => {});
  await serving.deployment.load(async () => embedder, { wrap: (loaded) => new CachingEmbedder(loaded, levels) });
  const texts = envelope(["text"], [["one"], ["two"], ["two"]]);
  for (let i = 0; i < 2; i++) assert.equal((await post(serving, texts)).statusCode, 200);
  const now = await scrape(serving);
  const outcomes = ["misses", "shared", "hits", "diskHits", "redisHits"].map((outcome) =>
    now.get(`medembed_cache_lookups_total{deployment="default",outcome="${outcome}"}`),
  );
  assert.deepEqual(outcomes, [2, 1, 3, 0, 0]);
  assert.equal(now.get("medembed_cache_entries"), 2);
  assert.ok(now.get("medembed_cache_bytes")! >= 2 * 4 * embedder.card.projection);
});

test("copies for a shadow are counted by what became of them", async () => {
  const deployments = [{}, { name: "dark", traffic: 0, mirror: 50 }];
  const serving = await serve(embedder, { deployments, random: () => 0.2 });
  assert.equal((await post(serving, chest)).statusCode, 200);
  await until(() => serving.endpoint.deployments[1].pending === 0);
  const now = await scrape(serving);
  assert.equal(now.get('medembed_shadow_copies_total{outcome="copied"}'), 1);
  assert.equal(now.get('medembed_shadow_copies_total{outcome="failed"}'), 0);
});

test("the process tells its memory, its CPU and how long the event loop was held", async () => {
  const serving = await serve(embedder);
  await scrape(serving); // the lag is that since the last scrape, looked at every 10 ms
  await setTimeout(50);
  const end = performance.now() + 150;
  while (performance.now() < end); // holds the event loop
  await setTimeout(50);
  const now = await scrape(serving);
  assert.ok(now.get("nodejs_eventloop_lag_max_seconds")! > 0.1);
  assert.ok(now.get("process_resident_memory_bytes")! > 1e7);
  assert.ok(now.get("process_cpu_seconds_total")! > 0);
});

test("metrics need a key where calls do, and hold nothing of them", async () => {
  const serving = await serve(embedder, { keys: ["first-key"] });
  const secret = "Jane-Doe";
  await post(serving, envelope(["text"], [[secret]]), { ...KEY, "x-patient": secret });
  await post(serving, chest, { ...KEY, "azureml-model-deployment": secret });
  await serving.app.inject(`/${secret}?patient=${secret}`);
  for (const headers of [{}, { authorization: "Bearer other-key" }]) {
    const response = await serving.app.inject({ url: "/metrics", headers });
    assert.equal(response.statusCode, 401);
    assert.equal(response.headers["www-authenticate"], "Bearer");
  }
  const { body } = await serving.app.inject({ url: "/metrics", headers: KEY });
  assert.match(body, /medembed_requests_total/);
  assert.doesNotMatch(body, /Jane|first-key/);
});

test("an endpoint that is closed watches no longer", async () => {
  const metrics = new Metrics((await serve(undefined)).service);
  const sum = 'medembed_batch_items_sum{deployment="default",queue="texts"}';
  await embedder.embedText("chest");
  assert.ok((await metrics.text()).includes(`${sum} 1`));
  metrics.close();
  await embedder.embedText("chest");
  assert.ok((await metrics.text()).includes(`${sum} 1`));
});

test("docs/operating.md has every metric with its labels and its meaning", async () => {
  const metrics = new Metrics((await serve(undefined)).service);
  metrics.close();
  const rows = metrics.registry.getMetricsAsArray().map((metric) => {
    const { name, help, labelNames = [] } = metric as unknown as { name: string; help: string; labelNames?: string[] };
    const own = labelNames.filter((label) => label !== "le").map((label) => `\`${label}\``);
    return `| \`${name}\` | ${own.join(", ")} | ${help} |`;
  });
  assert.ok(rows.length > 15);
  const docs = await readFile(new URL("../../../docs/operating.md", import.meta.url), "utf8");
  const table = docs.split("\n").filter((line) => line.startsWith("| `medembed_"));
  assert.deepEqual(table.sort(), rows.sort(), `the table must be:\n${rows.join("\n")}`);
});

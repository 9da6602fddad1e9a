import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import Value from "typebox/value";
import { oneByOne } from "../../../src/in-parallel.ts";
import { ShardQueue } from "../../../src/queue/bullmq.ts";
import { planRun } from "../../../src/queue/plan-run.ts";
import { type LibrarySpec, type RunSpec, runId } from "../../../src/queue/run-spec.ts";
import { Runs } from "../../../src/queue/runs.ts";
import { cutShards } from "../../../src/queue/shard.ts";
import { WorkerSigns } from "../../../src/queue/workers.ts";
import { readConfig } from "../../../src/server/config.ts";
import {
  QueueStatusSchema,
  RunPageSchema,
  WorkerPageSchema,
  WorkersSchema,
} from "../../../src/server/queue/describe-queue.ts";
import { readQueueConfig } from "../../../src/server/queue/queue-config.ts";
import { WatchedQueue } from "../../../src/server/queue/watched-queue.ts";
import { temporaryFolder } from "../../golden-small.ts";
import { isRedisInstalled, RedisServer } from "../../redis/redis-server.ts";
import { serve, until } from "../serving.ts";

const skip = !isRedisInstalled && "no redis-server on this machine";

const SPEC: LibrarySpec = {
  kind: "library",
  library: "s3://vectors/lib",
  head: { model: "golden-small", weights: "0".repeat(64), profile: "direct", dimensions: 64 },
  model: "golden-small",
  precision: "fp32",
  profile: "direct",
  volumes: {},
  labels: {},
  paths: ["/archive/doe^john"],
};
const KEY = { authorization: "Bearer every-key" };
const ADMIN = { authorization: "Bearer admin-key" };

/** An endpoint that shows a queue, whether or not its model is there yet. */
async function watching(server: RedisServer) {
  const notes: string[] = [];
  const config = readQueueConfig({ redis: server.url, workerHour: 0.5 }, {});
  const queue = await WatchedQueue.open(config, (message) => notes.push(message));
  after(() => queue.close());
  const { app } = await serve(undefined, {
    keys: [
      { name: "all", key: "every-key" },
      { name: "pacs", key: "one-key", deployments: ["default"] },
    ],
    admin: "admin-key",
    queue,
  });
  const ask = async (url: string, headers: Readonly<Record<string, string>> = KEY, method: "GET" | "POST" = "GET") => {
    const response = await app.inject({ url, headers, method });
    return { status: response.statusCode, headers: response.headers, body: response.json() };
  };
  await until(async () => (await ask("/queue/runs")).status === 200);
  return { ask, notes };
}

/** A run of six files in shards of two, the first of which is settled. */
async function plan(server: RedisServer) {
  const redis = await server.connect();
  const runs = new Runs(redis);
  const queue = new ShardQueue(redis);
  after(() => queue.close());
  const run = runId(SPEC);
  await runs.begin(run, SPEC);
  const inputs = Array.from({ length: 6 }, (_, i) => ({ path: `/archive/doe^john/${i}.png`, bytes: 10, modified: 0 }));
  const { signal } = new AbortController();
  const shards = cutShards(oneByOne(inputs), { inputs: 2, bytes: 1e6 });
  await planRun({ runs, queue }, run, shards, { priority: "normal", signal, onState: () => {} });
  const [shard] = await runs.openShards(run);
  const inputsOfShard = [
    [inputs[0].path, "stored", "a"],
    [inputs[1].path, "failed", "corrupt-image", "it breaks off"],
  ] as const;
  await runs.settle(run, shard, { inputs: inputsOfShard });
  return { redis, runs, queue, run, shard };
}

test("runs and workers are shown, with rate, cost and failures by reason, and no path", { skip }, async () => {
  const server = await RedisServer.start();
  const { ask } = await watching(server);
  const { redis, run, shard } = await plan(server);
  const signs = new WorkerSigns(redis, "north-1");
  const since = Date.now();
  const leave = signs.take({ run, shard, inputs: 2, since });
  leave({
    time: new Date().toISOString(),
    worker: "north-1",
    run,
    shard,
    end: "settled",
    attempt: 1,
    inputs: 2,
    bytes: 20,
    stored: 1,
    known: 0,
    failed: 1,
    seconds: 0.5,
    commitSeconds: 0.1,
    version: 7,
  });
  signs.take({ run, shard: "another", inputs: 2, since });
  await until(async () => (await ask("/queue/workers/north-1")).body.inHand?.length === 1);

  const { body: status } = await ask("/queue/runs");
  assert.ok(Value.Check(QueueStatusSchema, status), JSON.stringify(status));
  assert.deepEqual([status.isPaused, status.workers, status.shards.waiting], [false, 1, 3]);
  const [shown] = status.runs;
  const { planned, stored, known, failed, failures, open, isPlanned } = shown;
  assert.deepEqual(
    { planned, stored, known, failed, failures, open, isPlanned },
    { planned: 6, stored: 1, known: 0, failed: 1, failures: { "corrupt-image": 1 }, open: 2, isPlanned: true },
  );
  assert.ok(shown.rate > 0 && shown.rate <= 2);
  assert.equal(shown.secondsLeft, Math.ceil(4 / shown.rate));
  assert.ok(Math.abs(status.costPerMillion! - (1e6 / status.rate / 3600) * 0.5) < 1e-6);

  const { body: page } = await ask(`/queue/runs/${run}`);
  assert.ok(Value.Check(RunPageSchema, page), JSON.stringify(page));
  assert.deepEqual([page.lines.length, page.lines[0].version, page.givenUp], [1, 7, {}]);
  assert.deepEqual([page.isLate, "deadline" in page], [false, false]);
  await redis.hset(`medembed:run:${run}`, "deadline", 1);
  const { body: late } = await ask(`/queue/runs/${run}`);
  assert.ok(Value.Check(RunPageSchema, late), JSON.stringify(late));
  assert.deepEqual([late.isLate, late.deadline, late.secondsLeft], [true, 1, null]);
  const { body: workers } = await ask("/queue/workers");
  assert.ok(Value.Check(WorkersSchema, workers), JSON.stringify(workers));
  const { body: worker } = await ask("/queue/workers/north-1");
  assert.ok(Value.Check(WorkerPageSchema, worker), JSON.stringify(worker));
  assert.deepEqual([worker.settled, worker.failed, worker.isAlive], [1, 1, true]);
  assert.deepEqual(worker.inHand, [{ run, shard: "another", inputs: 2, since }]);
  assert.doesNotMatch(JSON.stringify([status, page, workers, worker]), /doe|archive/);
  await signs.end();
  assert.equal((await ask("/queue/workers/north-1")).status, 404);
  assert.equal((await ask("/queue/runs/none")).status, 404);
});

test("a run that fills a folder is shown as one that fills a library", { skip }, async () => {
  const server = await RedisServer.start();
  const { ask } = await watching(server);
  const { run, runs } = await plan(server);
  const { model, precision, profile, head } = SPEC;
  const spec: RunSpec = {
    kind: "batch",
    inputFolder: "/archive/doe^john",
    outFolder: "/predictions",
    inputs: "0",
    size: { inputs: 100, bytes: 2 ** 24 },
    maker: { medembed: "0.0.0", model: "golden-tables", weights: head.weights, profile, precision },
    ...{ model, precision, profile },
  };
  const batch = runId(spec);
  await runs.begin(batch, spec);
  const { body: status } = await ask("/queue/runs");
  assert.ok(Value.Check(QueueStatusSchema, status), JSON.stringify(status));
  assert.deepEqual(
    new Map(status.runs.map(({ id, kind, place, model }) => [id, [kind, place, model]])),
    new Map([
      [run, ["library", "s3://vectors/lib", "golden-small"]],
      [batch, ["batch", "/predictions", "golden-tables"]],
    ]),
  );
  const { body: page } = await ask(`/queue/runs/${batch}`);
  assert.ok(Value.Check(RunPageSchema, page), JSON.stringify(page));
  assert.doesNotMatch(JSON.stringify([status, page]), /doe|archive/);
});

test("the queue is for keys that are good for everything, and steered by the admin key", { skip }, async () => {
  const server = await RedisServer.start();
  const { ask } = await watching(server);
  const paths = ["/queue/runs", "/queue/runs/x", "/queue/workers", "/queue/workers/x"];
  for (const path of paths) {
    assert.equal((await ask(path, {})).status, 401);
    assert.equal((await ask(path, { authorization: "Bearer one-key" })).status, 403);
  }
  assert.equal((await ask("/queue/runs", ADMIN)).status, 200);
  assert.equal((await ask("/admin/queue/pause", KEY, "POST")).status, 403);
  assert.deepEqual((await ask("/admin/queue/pause", ADMIN, "POST")).body, { isPaused: true });
  assert.equal((await ask("/queue/runs")).body.isPaused, true);
  assert.deepEqual((await ask("/admin/queue/resume", ADMIN, "POST")).body, { isPaused: false });
  assert.equal((await ask("/queue/runs")).body.isPaused, false);
});

test("without its Redis server the endpoint says so, and shows the queue again when it is back", { skip }, async () => {
  const server = await RedisServer.start();
  const { ask, notes } = await watching(server);
  const { run } = await plan(server);
  await server.stop("SIGKILL");
  await until(async () => (await ask("/queue/runs")).status === 503);
  const { status, headers, body } = await ask("/queue/workers");
  assert.deepEqual([status, body.error.code, typeof headers["retry-after"]], [503, "queue_away", "string"]);
  assert.doesNotMatch(body.error.message, /127\.0\.0\.1/);
  await server.start();
  await until(async () => (await ask("/queue/runs")).status === 200);
  assert.equal((await ask(`/queue/runs/${run}`)).body.planned, 6);
  assert.match(notes.join("\n"), /is away: .*\n.*is back$/s);
});

test("an endpoint without a queue says what it lacks", async () => {
  const { app } = await serve(undefined);
  const response = await app.inject("/queue/runs");
  assert.equal(response.statusCode, 404);
  assert.match(response.json().error.message, /set queue\.redis/);
});

test("the config names the queue, with the credentials of the workers", async () => {
  const path = join(await temporaryFolder(), "medembed.yaml");
  await writeFile(path, "queue: { redis: redis://queue.example, workerHour: 0.2 }\n");
  const { queue } = await readConfig(path, {}, { MEDEMBED_QUEUE_USER: "me", MEDEMBED_QUEUE_PASSWORD: "hush" });
  assert.deepEqual(
    [queue?.redis.shown, queue?.redis.user, queue?.redis.password, queue?.workerHour],
    ["redis://queue.example:6379/0", "me", "hush", 0.2],
  );
  await writeFile(path, "queue: { redis: 'http://:secret@host' }\n");
  await assert.rejects(
    readConfig(path, {}, {}),
    ({ code, message }: { code: string; message: string }) =>
      code === "usage" && /^queue\.redis: .*redis:\/\/host:6379/.test(message) && !message.includes("secret"),
  );
});

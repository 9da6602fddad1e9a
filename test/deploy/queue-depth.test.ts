import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { QUEUE_NAME, QUEUE_PREFIX, ShardQueue, Worker } from "../../src/queue/bullmq.ts";
import { shardOf } from "../../src/queue/shard.ts";
import type { Redis } from "../../src/redis/redis.ts";
import { isRedisInstalled, RedisServer } from "../redis/redis-server.ts";
import type { RedisTrigger, ScaledObject } from "./keda-types.ts";
import { manifestOf, WORKER_MANIFESTS } from "./manifests.ts";

/** Long enough for what failed to be seen before it comes again. */
const FIRST_WAIT_MS = 600_000;

const { triggers } = manifestOf<ScaledObject>("ScaledObject", WORKER_MANIFESTS).spec;
const lists = (triggers as readonly RedisTrigger[]).map(({ metadata }) => metadata.listName);

const skip = !isRedisInstalled && "needs redis-server";

test("what KEDA counts is what is on the queue, whichever way it has gone", { skip }, async () => {
  const redis = await (await RedisServer.start()).connect();
  const queue = new ShardQueue(redis, FIRST_WAIT_MS);
  const count = async () =>
    Object.fromEntries(await Promise.all(lists.map(async (list) => [list, await lengthOf(redis, list)])));
  const counts = (prioritized: number, wait: number, delayed: number, active: number) => ({
    "medembed:shards:prioritized": prioritized,
    "medembed:shards:wait": wait,
    "medembed:shards:delayed": delayed,
    "medembed:shards:active": active,
  });
  assert.deepEqual(await count(), counts(0, 0, 0, 0));

  const shards = ["a", "b", "c"].map((path) => shardOf([{ path }]));
  await queue.add("run", shards, [1, 2, 3]);
  await queue.tidy("run", "library");
  assert.deepEqual(await count(), counts(3, 1, 0, 0));

  // The first job fails and comes again after a while; two are kept in work, as a worker has them.
  let taken = 0;
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const worker = new Worker(
    QUEUE_NAME,
    async () => {
      if (++taken === 1) throw new Error("not now");
      await finished;
    },
    { connection: redis, prefix: QUEUE_PREFIX, concurrency: 2 },
  );
  try {
    while (taken < 3) await sleep(5);
    assert.deepEqual(await count(), counts(1, 0, 1, 2));
  } finally {
    finish();
    await worker.close();
    await queue.close();
  }
});

/** As KEDA's trigger has it from Redis: how long a list is, and how many members a sorted set has. */
async function lengthOf(redis: Redis, key: string): Promise<number> {
  const type = await redis.type(key);
  return type === "zset" ? redis.zcard(key) : redis.llen(key);
}

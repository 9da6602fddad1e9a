import { ShardQueue } from "../../src/queue/bullmq.ts";
import { planRun } from "../../src/queue/plan-run.ts";
import { Runs } from "../../src/queue/runs.ts";
import { cutShards, type ShardInput } from "../../src/queue/shard.ts";
import { connectRedis, type Redis } from "../../src/redis/redis.ts";
import type { QueueBench } from "./main.ts";

/** As many as a shard has if nothing else is said. */
const INPUTS_A_SHARD = 100;

/** Small jobs, one file each; then as many files in shards as usual, for what Redis needs of memory. */
export async function measurePlanning({ server, jobs }: QueueBench) {
  const redis = await connectRedis(server.address, { note: console.error });
  const seconds = await plan(redis, jobs, 1);
  await redis.flushall();
  const before = await usedBytes(redis);
  const shardSeconds = await plan(redis, jobs, INPUTS_A_SHARD);
  const planned = await usedBytes(redis);
  await redis.flushall();
  redis.disconnect();
  return {
    planJobs: jobs,
    planSeconds: seconds,
    planFilesInShardsSeconds: shardSeconds,
    planRedisMiBAMillionFiles: (((planned - before) / 2 ** 20) * 1e6) / jobs,
  };
}

async function plan(redis: Redis, files: number, inputs: number): Promise<number> {
  await redis.flushall();
  const queue = new ShardQueue(redis);
  const runs = new Runs(redis);
  const started = performance.now();
  const shards = cutShards(archive(files), { inputs, bytes: Number.POSITIVE_INFINITY });
  const { signal } = new AbortController();
  await planRun({ runs, queue }, "bench", shards, { priority: "normal", signal, onState: () => {} });
  const seconds = (performance.now() - started) / 1000;
  const { waiting } = await queue.counts();
  if (waiting !== Math.ceil(files / inputs)) throw new Error(`${waiting} jobs`);
  await queue.close();
  return seconds;
}

async function usedBytes(redis: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info("memory"))?.[1]);
}

async function* archive(files: number): AsyncGenerator<ShardInput> {
  for (let i = 0; i < files; i++) {
    const study = String(Math.floor(i / 50)).padStart(8, "0");
    yield {
      path: `/mnt/archive/2024/study-${study}/image-${i % 50}.dcm`,
      bytes: 500_000 + i,
      modified: 1_700_000_000_000 + i,
    };
  }
}

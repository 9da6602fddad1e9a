import { ShardQueue } from "../../queue/bullmq.ts";
import { Runs } from "../../queue/runs.ts";
import { connectRedis } from "../../redis/redis.ts";
import type { Run } from "../flags.ts";
import { queueAddress } from "./queue-options.ts";

interface Steered {
  readonly queue: ShardQueue;
  readonly runs: Runs;
}

export const status = steering(async ({ queue, runs }, options) => {
  const { waiting, prioritized, delayed, active, failed } = await queue.counts();
  const about = {
    isPaused: await queue.isPaused(),
    workers: await queue.workers(),
    shards: { waiting: waiting + prioritized, again: delayed, inWork: active, givenUp: failed },
    runs: [] as object[],
  };
  for (const run of await runs.all()) {
    const [spec, state] = await Promise.all([runs.spec(run), runs.state(run)]);
    if (spec && state) about.runs.push({ run, library: spec.library, model: spec.head.model, ...state });
  }
  if (options.json) {
    console.log(JSON.stringify(about));
    return;
  }
  const { shards } = about;
  console.log(`${about.workers} workers${about.isPaused ? ", paused" : ""}`);
  console.log(
    `shards: ${shards.waiting} waiting, ${shards.again} failed and come again, ${shards.inWork} in work, ${shards.givenUp} given up`,
  );
  for (const line of about.runs) console.log(describe(line as RunLine));
});

export const pause = steering(async ({ queue }) => {
  await queue.pause();
  console.error("paused; what is begun is finished, `medembed queue resume` goes on");
});

export const resume = steering(async ({ queue }) => {
  await queue.resume();
  console.error("resumed");
});

export const retry = steering(async ({ queue }) => {
  console.error(`${await queue.retry()} shards are on the queue again`);
});

export const drain = steering(async ({ queue, runs }) => {
  for (const run of await runs.all()) await runs.drain(run);
  await queue.drain();
  console.error("drained; what is begun is finished");
});

interface RunLine {
  readonly run: string;
  readonly library: string;
  readonly model: string;
  readonly isPlanned: boolean;
  readonly isDrained: boolean;
  readonly planned: number;
  readonly open: number;
  readonly stored: number;
  readonly known: number;
  readonly failed: number;
}

function describe({
  run,
  library,
  model,
  isPlanned,
  isDrained,
  planned,
  open,
  stored,
  known,
  failed,
}: RunLine): string {
  const settled = stored + known + failed;
  const stage = isDrained ? ", drained" : isPlanned ? "" : ", being planned";
  return `run ${run}: ${settled} of ${planned} files (${stored} stored, ${known} known, ${failed} failed), ${open} shards open${stage}; ${model} to ${library}`;
}

function steering(work: (steered: Steered, options: Readonly<Record<string, unknown>>) => Promise<void>): Run {
  return async (_, options) => {
    const redis = await connectRedis(queueAddress(options, process.env), { note: (message) => console.error(message) });
    const queue = new ShardQueue(redis);
    try {
      await work({ queue, runs: new Runs(redis) }, options);
    } finally {
      await queue.close();
      redis.disconnect();
    }
    return 0;
  };
}

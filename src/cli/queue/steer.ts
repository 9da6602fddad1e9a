import { ShardQueue } from "../../queue/bullmq.ts";
import { modelNameOf, placeOf, type RunSpec } from "../../queue/run-spec.ts";
import { type RunState, Runs } from "../../queue/runs.ts";
import { isAlive, Workers } from "../../queue/workers.ts";
import { connectRedis } from "../../redis/redis.ts";
import type { Run } from "../flags.ts";
import { progressLine } from "../progress.ts";
import { queueAddress } from "./queue-options.ts";

/** What the inputs of runs are. */
const UNITS = { library: "files", batch: "rows" } as const satisfies Record<RunSpec["kind"], string>;

interface RunLine extends RunState {
  readonly run: string;
  readonly kind: RunSpec["kind"];
  /** What it fills: a library, or a folder of outputs. */
  readonly place: string;
  readonly model: string;
}

interface Steered {
  readonly queue: ShardQueue;
  readonly runs: Runs;
  readonly workers: Workers;
}

export const status = steering(async ({ queue, runs, workers }, options) => {
  const about = {
    isPaused: await queue.isPaused(),
    workers: (await workers.all()).filter(isAlive).length,
    shards: await queue.counts(),
    runs: [] as RunLine[],
  };
  for (const run of await runs.all()) {
    const [spec, state] = await Promise.all([runs.spec(run), runs.state(run)]);
    if (spec && state) {
      about.runs.push({ run, kind: spec.kind, place: placeOf(spec), model: modelNameOf(spec), ...state });
    }
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
  for (const line of about.runs) console.log(describe(line));
});

export const pause = steering(async ({ queue }) => {
  await queue.pause();
  console.error("paused; what is begun is finished, `medembed queue resume` goes on");
});

export const resume = steering(async ({ queue }) => {
  await queue.resume();
  console.error("resumed");
});

export const retry = steering(async ({ queue, runs }) => {
  for (const run of await runs.all()) if (await runs.isLate(run)) await runs.liftDeadline(run);
  console.error(`${await queue.retry()} shards are on the queue again`);
});

export const drain = steering(async ({ queue, runs }) => {
  for (const run of await runs.all()) await runs.drain(run);
  await queue.drain();
  console.error("drained; what is begun is finished");
});

function describe({ run, kind, place, model, ...state }: RunLine): string {
  const { isPlanned, isDrained, isLate, deadline, planned, open, stored, known, failed, failures, rate } = state;
  const progress = progressLine(stored + known + failed, planned, rate, UNITS[kind]);
  const stage = isDrained ? ", drained" : isPlanned ? "" : ", being planned";
  const until =
    deadline === undefined ? "" : isLate ? ", past its deadline" : `, until ${new Date(deadline).toISOString()}`;
  const reasons = Object.entries(failures).map(([code, count]) => `${count} ${code}`);
  const why = reasons.length > 0 ? ` (${reasons.join(", ")})` : "";
  return [
    `run ${run}: ${model} to ${place}`,
    `  ${progress}`,
    `  ${stored} stored, ${known} known, ${failed} failed${why}, ${open} shards open${stage}${until}`,
  ].join("\n");
}

function steering(work: (steered: Steered, options: Readonly<Record<string, unknown>>) => Promise<void>): Run {
  return async (_, options) => {
    const redis = await connectRedis(queueAddress(options, process.env), { note: (message) => console.error(message) });
    const queue = new ShardQueue(redis);
    try {
      await work({ queue, runs: new Runs(redis), workers: new Workers(redis) }, options);
    } finally {
      await queue.close();
      redis.disconnect();
    }
    return 0;
  };
}

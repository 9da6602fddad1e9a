import { systemClock } from "../clock.ts";
import { MedembedError } from "../errors.ts";
import type { Redis } from "../redis/redis.ts";
import { ShardQueue } from "./bullmq.ts";
import { type FollowOptions, followRun, type RunEnd } from "./follow-run.ts";
import { type PlanOptions, planRun } from "./plan-run.ts";
import { RunClaim } from "./run-claim.ts";
import { type RunSpec, runId } from "./run-spec.ts";
import { Runs } from "./runs.ts";
import type { Shard } from "./shard.ts";

/** Times that a run is planned again because the queue, or what it fills, has lost something of it. */
const MAX_REPAIRS = 3;

/** How a run is handed to workers and waited for, whatever it fills. */
export interface QueueOptions extends PlanOptions, FollowOptions {
  readonly redis: Redis;
  /** After which no shard is begun, in ms since 1970. Default: none, also if the run had one before. */
  readonly deadline?: number | undefined;
  /** Between the first and the second attempt at a shard. Default: a second. */
  readonly firstWaitMs?: number;
}

export interface RunByQueueOptions<Result> extends QueueOptions {
  readonly spec: RunSpec;
  /** The same each time, in the same order, as far as they are still to be done. */
  readonly shards: () => AsyncIterable<Shard>;
  /** Looks whether what was done is there. */
  readonly conclude: (ended: EndedRun) => Promise<Conclusion<Result>>;
}

/** A run in which nothing more is to be waited for. */
export interface EndedRun {
  readonly run: string;
  readonly runs: Runs;
  readonly queue: ShardQueue;
  readonly end: Exclude<RunEnd, "drained" | "lost" | "left">;
  /** What `planRun` has returned. */
  readonly planned: string;
}

interface Conclusion<Result> {
  readonly result: Result;
  /** Shards that are not there as they were told to be; they are done again. */
  readonly faulty: readonly string[];
  /** Whether a part of it is left for later: then the run stays as it is. */
  readonly isUnfinished: boolean;
}

/**
 * Has workers do a run, and waits until each of its inputs is settled, or the deadline has passed and nothing is in work, and the result
 * is seen to be there. Whoever asks for the same again after an interruption or a deadline takes up the run.
 * @returns undefined when it was left before its end; the workers go on
 * @throws MedembedError "queue-failed" for a run that was drained, and what concluding throws
 */
export async function runByQueue<Result>(options: RunByQueueOptions<Result>): Promise<Result | undefined> {
  const { redis, spec, shards, conclude, deadline, signal, note } = options;
  const run = runId(spec);
  const runs = new Runs(redis);
  const queue = new ShardQueue(redis, options.firstWaitMs);
  const claim = await RunClaim.take(redis, run, { signal, note });
  try {
    for (let repairs = 0; claim && repairs <= MAX_REPAIRS; repairs++) {
      const isThere = await runs.begin(run, spec, deadline);
      if (isThere && repairs === 0) {
        note(`run ${run} is taken up`);
        await queue.retry(run);
      }
      const planned = await planRun({ runs, queue }, run, shards(), options);
      const end = await followRun({ runs, queue, clock: systemClock }, run, options);
      if (end === "left") return undefined;
      if (end === "drained") {
        throw new MedembedError(
          "queue-failed",
          `run ${run} was drained; the same command again goes on with what is left`,
        );
      }
      if (end === "lost") {
        note("the queue has lost jobs; they are planned again");
        continue;
      }
      const { result, faulty, isUnfinished } = await conclude({ run, runs, queue, end, planned });
      if (faulty.length === 0 && isUnfinished) return result; // the queue and what it has settled stay
      if (faulty.length === 0) {
        await queue.removeGivenUp(run);
        await runs.end(run);
        return result;
      }
      note(`${faulty.length} shards are not there as they were told to be; they are done again`);
      for (const shard of faulty) await runs.reopen(run, shard);
    }
    if (!claim) return undefined;
    throw new MedembedError(
      "queue-failed",
      `run ${run} loses shards again and again; is somebody else changing what it fills?`,
    );
  } finally {
    await claim?.release();
    await queue.close();
  }
}

import { systemClock } from "../clock.ts";
import { MedembedError } from "../errors.ts";
import { Library } from "../library/library.ts";
import type { Redis } from "../redis/redis.ts";
import { ShardQueue } from "./bullmq.ts";
import { followRun } from "./follow-run.ts";
import { type PlanOptions, planRun } from "./plan-run.ts";
import { RunClaim } from "./run-claim.ts";
import { type RunSpec, type RunState, Runs, runId } from "./runs.ts";
import type { ShardInput } from "./shard.ts";
import { type ManifestCounts, writeManifest } from "./write-manifest.ts";

/** Times that a run is planned again because the queue or the library has lost something of it. */
const MAX_REPAIRS = 3;

const TIDY_LOOK_MS = 200;
/** A job that nobody takes for so long is done here: the workers may be gone as soon as no shard is left. */
const TIDY_UNATTENDED_MS = 5_000;

export interface AddByQueueOptions extends Omit<PlanOptions, "onPlanned"> {
  readonly redis: Redis;
  readonly spec: RunSpec;
  /** The inputs, in the same order each time. */
  readonly list: () => AsyncIterable<ShardInput>;
  readonly manifest: string;
  /** After which no shard is begun, in ms since 1970. Default: none, also if the run had one before. */
  readonly deadline?: number | undefined;
  readonly onState: (state: RunState) => void;
  readonly note: (message: string) => void;
  /** Between the first and the second attempt at a shard. Default: a second. */
  readonly firstWaitMs?: number;
}

/**
 * Has workers add inputs to a library, and waits until each of them is settled, or the deadline has passed and nothing is in work, and
 * the library and the manifest say so. Whoever asks for the same again after an interruption or a deadline takes up the run.
 * @returns undefined when it was left before its end; the workers go on
 * @throws MedembedError "queue-failed" for a run that was drained, "wrong-space", "write-failed"
 */
export async function addByQueue(options: AddByQueueOptions): Promise<ManifestCounts | undefined> {
  const { redis, spec, list, deadline, signal, note } = options;
  const run = runId(spec);
  const runs = new Runs(redis);
  const queue = new ShardQueue(redis, options.firstWaitMs);
  const library = await Library.openOrCreate({ uri: spec.library }, spec.head);
  const claim = await RunClaim.take(redis, run, { signal, note });
  try {
    for (let repairs = 0; claim && repairs <= MAX_REPAIRS; repairs++) {
      const isThere = await runs.begin(run, spec, deadline);
      if (isThere && repairs === 0) {
        note(`run ${run} is taken up`);
        await queue.retry(run);
      }
      const planned = await planRun({ runs, queue }, run, list(), options);
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
      const { manifest: path } = options;
      const isLate = end === "late";
      const { counts, faulty } = await writeManifest({ runs, queue, library }, { path, run, spec, planned, isLate });
      if (faulty.length === 0 && counts.left > 0) return counts; // the queue and what it has settled stay
      if (faulty.length === 0) {
        await tidy(queue, library, run, signal);
        await queue.removeGivenUp(run);
        await runs.end(run);
        return counts;
      }
      note(`${faulty.length} shards are not in the library as they were told to be; they are added again`);
      for (const shard of faulty) await runs.reopen(run, shard);
    }
    if (!claim) return undefined;
    throw new MedembedError(
      "queue-failed",
      `run ${run} loses shards again and again; is somebody else changing the library?`,
    );
  } finally {
    await claim?.release();
    await library.close();
    await queue.close();
  }
}

/** Behind the last commit, by a worker if there is one: it may take minutes of all cores. */
async function tidy(queue: ShardQueue, library: Library, run: string, signal: AbortSignal): Promise<void> {
  const job = await queue.tidy(run, library.uri);
  for (let unattended = 0; unattended < TIDY_UNATTENDED_MS && !signal.aborted; ) {
    const { isThere, isInWork } = await queue.look(job);
    if (!isThere) break;
    unattended = isInWork ? 0 : unattended + TIDY_LOOK_MS;
    await systemClock.sleep(TIDY_LOOK_MS, signal).catch(() => {});
  }
  if (!signal.aborted) await library.tidy(); // nothing is left to do where a worker has done it
}

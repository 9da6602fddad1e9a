/** The one file that imports BullMQ: the queue that all runs share, and its jobs. */
import { type BackoffOptions, type Job, Queue, UnrecoverableError, WaitingError, Worker } from "bullmq";
import { ERROR_CODES, type ErrorCode, type MedembedError } from "../errors.ts";
import type { Redis } from "../redis/redis.ts";
import { pack, type Shard, type ShardInput, unpack } from "./shard.ts";

export { WaitingError, Worker };

export const QUEUE_NAME = "shards";
export const QUEUE_PREFIX = "medembed";

/** A shard is tried so often before it is taken apart; with the waits between, some minutes of a storage that is away. */
const ATTEMPTS = 8;
/** An input on its own. */
const ATTEMPTS_ALONE = 4;
/** Before the second attempt; doubles each time, and differs by up to half, so that shards that failed together come back apart. */
const FIRST_WAIT_MS = 1_000;
/** BullMQ knows no more priorities than this; later shards share the last of them. */
const MAX_PRIORITY = 2 ** 21 - 1;
/** Shards whose faults are counted for people. */
const FAULTS_SHOWN = 100;

/** A shard of a run, as a job has it. */
interface ShardJob {
  readonly run: string;
  readonly shard: string;
  /** Its inputs, packed, in base64. */
  readonly inputs: string;
}

/** Puts in order what a run fills. */
interface TidyJob {
  readonly run: string;
}

export type QueueJob = Job<ShardJob | TidyJob, void, "shard" | "tidy">;

/** Tells what a job is. */
export function readJob({ name, data }: Pick<QueueJob, "name" | "data">) {
  const { run } = data;
  if (name === "tidy") return { kind: "tidy", run } as const;
  const { shard, inputs } = data as ShardJob;
  return { kind: "shard", run, shard, inputs: unpack<ShardInput[]>(Buffer.from(inputs, "base64")) } as const;
}

/** Jobs by where they are, of all runs. */
export interface QueueCounts {
  readonly waiting: number;
  /** Failed, and tried again after a while. */
  readonly again: number;
  readonly inWork: number;
  readonly givenUp: number;
}

/** The jobs of all runs. */
export class ShardQueue {
  readonly #redis: Redis;
  readonly #backoff: BackoffOptions;
  readonly #queue: Queue<ShardJob | TidyJob, void, "shard" | "tidy">;

  /** @param firstWaitMs between the first and the second attempt at a shard; doubles each time */
  constructor(redis: Redis, firstWaitMs: number = FIRST_WAIT_MS) {
    this.#redis = redis;
    this.#backoff = { type: "exponential", delay: firstWaitMs, jitter: 0.5 };
    this.#queue = new Queue(QUEUE_NAME, { connection: redis, prefix: QUEUE_PREFIX });
    this.#queue.on("error", () => {}); // the connection's own listener tells of it
  }

  /**
   * Adds shards; those that are there already stay as they are.
   * @param turns by which runs share the workers, one a shard: the lowest comes first
   */
  async add(run: string, shards: readonly Shard[], turns: readonly number[]): Promise<void> {
    await this.#queue.addBulk(
      shards.map(({ id, inputs }, i) => ({
        name: "shard" as const,
        data: { run, shard: id, inputs: pack(inputs).toString("base64") },
        opts: {
          jobId: jobId(run, id),
          priority: Math.min(turns[i], MAX_PRIORITY),
          attempts: inputs.length > 1 ? ATTEMPTS : ATTEMPTS_ALONE,
          backoff: this.#backoff,
          removeOnComplete: true,
          stackTraceLimit: 0,
        },
      })),
    );
  }

  /** The turn of the shard that comes next; 0 where none waits. */
  async nextTurn(): Promise<number> {
    const [next] = await this.#queue.getPrioritized(0, 0);
    return next?.opts.priority ?? 0;
  }

  /** Asks for what a run fills to be put in order, by one worker at a time. @returns the job */
  async tidy(run: string, filled: string): Promise<string> {
    const { id } = await this.#queue.add(
      "tidy",
      { run },
      {
        deduplication: { id: `tidy ${filled}` },
        attempts: 3,
        backoff: this.#backoff,
        removeOnComplete: true,
        removeOnFail: true,
      },
    );
    return id!;
  }

  /** Whether a job is still to be done, and whether a worker is at it. */
  async look(id: string): Promise<{ readonly isThere: boolean; readonly isInWork: boolean }> {
    const job = await this.#queue.getJob(id);
    return { isThere: job !== undefined, isInWork: (await job?.isActive()) ?? false };
  }

  /** The inputs of a shard that is not settled, and why it was given up if it was; undefined for one that the queue has not. */
  async find(run: string, shard: string) {
    const job = await this.#queue.getJob(jobId(run, shard));
    const read = job && readJob(job);
    if (read?.kind !== "shard") return undefined;
    return { inputs: read.inputs, fault: (await job!.isFailed()) ? readFault(job!.failedReason) : undefined };
  }

  /** Whether a worker is at a shard of the run, and has given a sign of life. */
  async isInWork(run: string): Promise<boolean> {
    for (const id of await this.#idsOf(run, "active")) {
      if (await this.#redis.exists(this.#queue.toKey(`${id}:lock`))) return true;
    }
    return false;
  }

  async countGivenUp(run: string): Promise<number> {
    return (await this.#idsOf(run, "failed")).length;
  }

  /** Why shards of a run were given up: how many by code, of the first hundred of all runs. */
  async faultsOf(run: string): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const job of await this.#queue.getFailed(0, FAULTS_SHOWN - 1)) {
      if (job.data.run !== run) continue;
      const { code } = readFault(job.failedReason);
      counts[code] = (counts[code] ?? 0) + 1;
    }
    return counts;
  }

  async removeGivenUp(run: string): Promise<void> {
    for (const id of await this.#idsOf(run, "failed")) await (await this.#queue.getJob(id))?.remove();
  }

  /** Puts shards that were given up on the queue again, of all runs or of one. @returns how many */
  async retry(run?: string): Promise<number> {
    const ids = await this.#idsOf(run, "failed");
    const again = { resetAttemptsMade: true, resetAttemptsStarted: true };
    for (const id of ids) await (await this.#queue.getJob(id))?.retry("failed", again);
    return ids.length;
  }

  async counts(): Promise<QueueCounts> {
    const { prioritized, waiting, active, delayed, failed } = await this.#queue.getJobCounts();
    return { waiting: waiting + prioritized, again: delayed, inWork: active, givenUp: failed };
  }

  isPaused(): Promise<boolean> {
    return this.#queue.isPaused();
  }

  pause(): Promise<void> {
    return this.#queue.pause();
  }

  resume(): Promise<void> {
    return this.#queue.resume();
  }

  /** Takes away what nobody has begun. */
  drain(): Promise<void> {
    return this.#queue.drain(true);
  }

  close(): Promise<void> {
    return this.#queue.close();
  }

  /** All at once, since what is done with jobs changes the list; ids alone, since there may be very many. */
  async #idsOf(run: string | undefined, state: "active" | "failed"): Promise<string[]> {
    const ids = await this.#queue.getRanges([state], 0, -1);
    return run === undefined ? ids : ids.filter((id) => id.startsWith(jobId(run, "")));
  }
}

/** What a job is failed with. BullMQ keeps its message, and nothing else of it. @param isFinal that it is not tried again */
export function jobFault({ code, message }: MedembedError, isFinal = false): Error {
  const kept = `${code} ${message}`;
  return isFinal ? new UnrecoverableError(kept) : new Error(kept);
}

/** A job that BullMQ itself has failed has another message. */
function readFault(kept: string): { readonly code: ErrorCode; readonly reason: string } {
  const [word, ...rest] = kept.split(" ");
  const code = ERROR_CODES.find((known) => known === word);
  return code ? { code, reason: rest.join(" ") } : { code: "queue-failed", reason: kept };
}

export function jobId(run: string, shard: string): string {
  return `${run}-${shard}`;
}

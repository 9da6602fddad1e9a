/** The one file that imports BullMQ: the queue that all runs share, and its jobs. */
import { type BackoffOptions, type Job, Queue, WaitingError, Worker } from "bullmq";
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
/** Jobs asked for at a time where all are looked at. */
const PAGE = 1_000;

/** A shard of a run, as a job has it. */
interface ShardJob {
  readonly run: string;
  readonly shard: string;
  /** Its inputs, packed, in base64. */
  readonly inputs: string;
}

/** Puts a library in order. */
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
  readonly #backoff: BackoffOptions;
  readonly #queue: Queue<ShardJob | TidyJob, void, "shard" | "tidy">;

  /** @param firstWaitMs between the first and the second attempt at a shard; doubles each time */
  constructor(redis: Redis, firstWaitMs: number = FIRST_WAIT_MS) {
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

  /** Asks for a library to be put in order, by one worker at a time. @returns the job */
  async tidy(run: string, library: string): Promise<string> {
    const { id } = await this.#queue.add(
      "tidy",
      { run },
      {
        deduplication: { id: `tidy ${library}` },
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

  /** Shards of a run that were given up, with the fault and their inputs. */
  async *givenUp(run?: string) {
    for (let start = 0; ; start += PAGE) {
      const jobs = await this.#queue.getFailed(start, start + PAGE - 1);
      for (const job of jobs) {
        const read = readJob(job);
        if (read.kind === "shard" && (run === undefined || read.run === run)) {
          yield { job, ...read, ...readFault(job.failedReason) };
        }
      }
      if (jobs.length < PAGE) return;
    }
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
    const jobs = await this.#collectGivenUp(run);
    for (const job of jobs) await job.remove();
  }

  /** Puts shards that were given up on the queue again. @returns how many */
  async retry(): Promise<number> {
    const jobs = await this.#collectGivenUp();
    for (const job of jobs) await job.retry("failed", { resetAttemptsMade: true, resetAttemptsStarted: true });
    return jobs.length;
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

  /** All at once: what is done with them changes the list. */
  async #collectGivenUp(run?: string): Promise<Job[]> {
    const jobs: Job[] = [];
    for await (const { job } of this.givenUp(run)) jobs.push(job);
    return jobs;
  }
}

/** What a job is failed with. BullMQ keeps its message, and nothing else of it. */
export function jobFault({ code, message }: MedembedError): Error {
  return new Error(`${code} ${message}`);
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

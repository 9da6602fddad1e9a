import { setMaxListeners } from "node:events";
import { hostname } from "node:os";
import { MedembedError } from "../errors.ts";
import type { Redis } from "../redis/redis.ts";
import {
  jobFault,
  QUEUE_NAME,
  QUEUE_PREFIX,
  type QueueJob,
  readJob,
  ShardQueue,
  WaitingError,
  Worker,
} from "./bullmq.ts";
import type { RunSpec } from "./run-spec.ts";
import { Misfit, Outdated, type RunWork, type ShardTask, UNSETTLED } from "./run-work.ts";
import { failedOutcome, type InputOutcome, LATE, Runs } from "./runs.ts";
import { bytesOf, shardOf } from "./shard.ts";
import type { ShardLine } from "./shard-line.ts";
import { WorkerSigns } from "./workers.ts";

/** While one is embedded the files of the other are fetched, so that the engine never waits for them. */
const SHARDS_IN_WORK = 2;
/** A shard whose worker was lost so often is taken apart: what is in it may be what ends them. */
const MAX_LOSSES = 3;

export interface ShardWorkerOptions {
  readonly redis: Redis;
  /** By which people know it. Default: machine and process. */
  readonly name?: string;
  /** What it does for the kinds of runs that it takes. */
  readonly work: { readonly [Kind in RunSpec["kind"]]?: RunWork<Extract<RunSpec, { readonly kind: Kind }>> };
  /** A worker that gives no sign of life for so long has lost its shards. */
  readonly leaseMs: number;
  /** Between the first and the second attempt at a shard. Default: a second. */
  readonly firstWaitMs?: number;
  /** Told each time that it had a shard. */
  readonly onShard: (line: ShardLine) => void;
}

/** Takes shards from the queue and has the work on them done, until it is stopped. */
export class ShardWorker {
  /** Rejects when it does not fit a run, with the reason. */
  readonly broken: Promise<never>;
  readonly name: string;
  readonly #options: ShardWorkerOptions;
  readonly #runs: Runs;
  readonly #queue: ShardQueue;
  readonly #worker: Worker;
  readonly #signs: WorkerSigns;
  readonly #stopping = new AbortController();
  #break!: (error: unknown) => void;

  constructor(options: ShardWorkerOptions) {
    const { redis, name = nameOfProcess(), leaseMs, firstWaitMs } = options;
    this.name = name;
    this.#options = options;
    this.#runs = new Runs(redis);
    this.#queue = new ShardQueue(redis, firstWaitMs);
    setMaxListeners(0, this.#stopping.signal); // every picture in work listens
    this.broken = new Promise((_, reject) => {
      this.#break = reject;
    });
    this.broken.catch(() => {}); // whoever waits for it is told, too
    this.#signs = new WorkerSigns(redis, name);
    this.#worker = new Worker(QUEUE_NAME, (job, token) => this.#process(job as QueueJob, token!), {
      connection: redis,
      prefix: QUEUE_PREFIX,
      concurrency: SHARDS_IN_WORK,
      lockDuration: leaseMs,
      stalledInterval: leaseMs,
      maxStalledCount: Number.MAX_SAFE_INTEGER, // it is counted here, where more can be done than to give up
    });
    this.#worker.on("error", () => {}); // the connection tells that it is lost; a shard whose lease ran out is another's now
  }

  /** Takes no more; settles what is done, gives back what is not, and closes all. */
  async stop(): Promise<void> {
    const closed = this.#worker.close();
    this.#stopping.abort();
    await closed;
    await this.#signs.end();
    await Promise.all(Object.values(this.#options.work).map((work) => work.close()));
    await this.#queue.close();
  }

  async #process(job: QueueJob, token: string): Promise<void> {
    const read = readJob(job);
    const spec = await this.#runs.spec(read.run);
    if (!spec) return; // the run is over
    if (read.kind === "tidy") {
      await this.#workFor(spec).tidy?.(spec);
      return;
    }
    const { run, shard, inputs } = read;
    const leave = this.#signs.take({ run, shard, inputs: inputs.length, since: Date.now() });
    let line: ShardLine | undefined;
    try {
      const attempt = job.attemptsMade + job.stalledCounter + 1;
      const tell = (told: ShardLine) => {
        line = told;
        this.#options.onShard(told);
      };
      const turn = job.opts.priority ?? 0;
      const { signal } = this.#stopping;
      const inWork = { ...read, spec, signal, turn, attempt, started: performance.now(), tell };
      if (await this.#runs.isLate(run)) {
        this.#tell(inWork, "late", { reason: LATE.reason });
        throw jobFault(new MedembedError(LATE.code, LATE.reason), true); // the queue keeps it for a retry
      }
      await this.#work(job, token, inWork);
    } finally {
      leave(line);
    }
  }

  async #work(job: QueueJob, token: string, shard: ShardInWork): Promise<void> {
    try {
      if (job.stalledCounter >= MAX_LOSSES) {
        const reason = `its worker was lost ${job.stalledCounter} times`;
        return await this.#takeApart(shard, new MedembedError("engine-failed", reason));
      }
      const { done, doubtful, untidy, ...commit } = await this.#workFor(shard.spec).process(shard);
      const isWhole = done.length === shard.inputs.length;
      const isLast = shard.inputs.length === 1 && isLastAttempt(job);
      if (doubtful && (!isWhole || !isLast)) throw doubtful;
      if (!isWhole) {
        await job.moveToWait(token);
        this.#tell(shard, "given back", { done, ...commit });
        throw new WaitingError();
      }
      await this.#runs.settle(shard.run, shard.shard, { inputs: done });
      this.#tell(shard, "settled", { done, ...commit });
      if (untidy !== undefined) await this.#queue.tidy(shard.run, untidy);
    } catch (error) {
      if (error instanceof WaitingError) throw error;
      await this.#fail(job, token, shard, error);
    }
  }

  async #fail(job: QueueJob, token: string, shard: ShardInWork, error: unknown): Promise<void> {
    if (!(await this.#runs.spec(shard.run))) return; // it is over: others have done the shard, and what it was for may be gone
    if (error instanceof Misfit) {
      this.#break(error.cause);
      await job.moveToWait(token);
      throw new WaitingError();
    }
    const fault = faultOf(error);
    if (error instanceof Outdated) {
      this.#tell(shard, "given up", { reason: fault.message });
      throw jobFault(fault, true);
    }
    if (!isLastAttempt(job)) {
      this.#tell(shard, "again", { reason: fault.message });
      throw jobFault(fault);
    }
    if (error instanceof MedembedError && !UNSETTLED.has(error.code)) {
      this.#tell(shard, "given up", { reason: fault.message }); // what cannot be written is no fault of any input
      throw jobFault(fault);
    }
    await this.#takeApart(shard, fault);
  }

  /** Of one input it is known by now that it is its own fault. */
  async #takeApart(shard: ShardInWork, fault: MedembedError): Promise<void> {
    const { run, inputs } = shard;
    if (inputs.length === 1) {
      const done = [failedOutcome(inputs[0], fault.code, fault.message)];
      await this.#runs.settle(run, shard.shard, { inputs: done });
      this.#tell(shard, "settled", { done, reason: fault.message });
      return;
    }
    const parts = inputs.map((input) => shardOf([input]));
    await this.#queue.add(
      run,
      parts,
      parts.map(() => shard.turn),
    );
    await this.#runs.settle(run, shard.shard, { split: parts.map(({ id }) => id) });
    this.#tell(shard, "split", { reason: fault.message });
  }

  /** @throws Misfit for a run of a kind that this worker does not know */
  #workFor(spec: RunSpec): RunWork {
    const work: RunWork | undefined = this.#options.work[spec.kind];
    if (work) return work;
    throw new Misfit(new MedembedError("usage", `the run is a ${spec.kind}, which this worker does not know`));
  }

  #tell(
    { run, shard, inputs, attempt, started, tell }: ShardInWork,
    end: ShardLine["end"],
    { done = [], commitMs = 0, version, reason }: Told,
  ): void {
    const count = (outcome: InputOutcome[1]) => done.filter(([, is]) => is === outcome).length;
    tell({
      time: new Date().toISOString(),
      worker: this.name,
      run,
      shard,
      end,
      attempt,
      inputs: inputs.length,
      bytes: bytesOf(inputs),
      stored: count("stored"),
      known: count("known"),
      failed: count("failed"),
      seconds: (performance.now() - started) / 1000,
      commitSeconds: commitMs / 1000,
      ...(version !== undefined && { version }),
      ...(reason !== undefined && { reason }),
    });
  }
}

interface ShardInWork extends ShardTask {
  readonly turn: number;
  readonly attempt: number;
  readonly started: number;
  readonly tell: (line: ShardLine) => void;
}

interface Told {
  readonly done?: readonly InputOutcome[];
  readonly commitMs?: number;
  readonly version?: number | undefined;
  readonly reason?: string;
}

/** It stands in names of keys and in addresses. */
function nameOfProcess(): string {
  return `${hostname().replaceAll(/[^\w.-]/g, "-")}-${process.pid}`;
}

function isLastAttempt({ attemptsMade, opts }: QueueJob): boolean {
  return attemptsMade + 1 >= (opts.attempts ?? 1);
}

/** Nothing of an unexpected error's own words: they may hold anything. */
function faultOf(error: unknown): MedembedError {
  if (error instanceof MedembedError) return error;
  if (error instanceof Outdated) return error.cause;
  return new MedembedError("engine-failed", `an unexpected ${error instanceof Error ? error.name : "error"}`);
}

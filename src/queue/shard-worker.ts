import { setMaxListeners } from "node:events";
import { hostname } from "node:os";
import { type ErrorCode, MedembedError } from "../errors.ts";
import type { Identify } from "../facts.ts";
import { type AddedSource, addShard } from "../library/add-shard.ts";
import type { AddingEmbedder } from "../library/adding-embedder.ts";
import { ByteBudget } from "../library/byte-budget.ts";
import type { AddSource } from "../library/find-out.ts";
import { Library } from "../library/library.ts";
import { requireIdentities, requireSpace, spaceOf } from "../library/vector-space.ts";
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
import { OpenedOnce } from "./opened-once.ts";
import { failedOutcome, type InputOutcome, LATE, type RecordDetails, type RunSpec, Runs } from "./runs.ts";
import { bytesOf, type RemoteInput, type ShardInput, shardOf } from "./shard.ts";
import type { ShardLine } from "./shard-line.ts";
import { sourceOf } from "./source-of.ts";
import { WorkerSigns } from "./workers.ts";

/** While one is embedded the files of the other are fetched, so that the engine never waits for them. */
const SHARDS_IN_WORK = 2;
/** What files in work may take of the memory. */
const BYTES_IN_WORK = 256 * 2 ** 20;
/** Models and libraries that are kept open for the next shard. */
const KEPT_OPEN = 1;
/** A shard whose worker was lost so often is taken apart: what is in it may be what ends them. */
const MAX_LOSSES = 3;
/** Commits to a library after which it is put in order. */
const COMMITS_A_TIDYING = 16;
/** These may be better next time, and are no fault of the input before they have been tried alone. */
const UNSETTLED: ReadonlySet<ErrorCode> = new Set(["engine-failed", "server-failed"]);
/** A server refuses the worker, whatever it asks for. */
const REFUSED: ErrorCode = "unauthorised";
/** The worker does not fit the run: its next shard would fare no better. */
const MISFITS: ReadonlySet<ErrorCode> = new Set([
  "usage",
  "wrong-space",
  "not-found",
  "invalid-config",
  "corrupt-checkpoint",
  "wrong-checkpoint",
  "corrupt-bundle",
  "invalid-vocabulary",
  "unknown-profile",
  "unknown-precision",
]);

/** What a worker embeds with. */
export interface RunEngine {
  readonly adding: AddingEmbedder;
  readonly identify: Identify;
  /** For a run with a DICOMweb server. */
  readonly remote?: (input: RemoteInput) => AddSource;
  /** Behind what was asked for. */
  close(): Promise<void>;
}

export interface ShardWorkerOptions {
  readonly redis: Redis;
  /** By which people know it. Default: machine and process. */
  readonly name?: string;
  /** The same for runs whose settings are the same. @param signal drops what is not begun */
  readonly openEngine: (spec: RunSpec, signal: AbortSignal) => Promise<RunEngine>;
  /** A worker that gives no sign of life for so long has lost its shards. */
  readonly leaseMs: number;
  /** Between the first and the second attempt at a shard. Default: a second. */
  readonly firstWaitMs?: number;
  /** Told each time that it had a shard. */
  readonly onShard: (line: ShardLine) => void;
}

/** Takes shards from the queue, embeds them and stores each in one commit, until it is stopped. */
export class ShardWorker {
  /** Rejects when it does not fit a run, with the reason. */
  readonly broken: Promise<never>;
  readonly name: string;
  readonly #options: ShardWorkerOptions;
  readonly #runs: Runs;
  readonly #queue: ShardQueue;
  readonly #worker: Worker;
  readonly #signs: WorkerSigns;
  readonly #budget = new ByteBudget(BYTES_IN_WORK);
  readonly #engines = new OpenedOnce<RunEngine>(KEPT_OPEN);
  readonly #libraries = new OpenedOnce<Library>(KEPT_OPEN);
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

  /** Takes no more; stores what is embedded, gives back what is not, and closes all. */
  async stop(): Promise<void> {
    const closed = this.#worker.close();
    this.#stopping.abort();
    await closed;
    await this.#signs.end();
    await Promise.all([this.#engines.close(), this.#libraries.close()]);
    await this.#queue.close();
  }

  async #process(job: QueueJob, token: string): Promise<void> {
    const read = readJob(job);
    const spec = await this.#runs.spec(read.run);
    if (!spec) return; // the run is over
    if (read.kind === "tidy") {
      await this.#withLibrary(spec, (library) => library.tidy());
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
      const inWork = { ...read, spec, turn, attempt, started: performance.now(), tell };
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
      const { sources, ...commit } = await this.#add(shard);
      const { done, doubtful } = sortOut(shard.inputs, await this.#creditRun(shard.run, sources));
      const isLast = shard.inputs.length === 1 && isLastAttempt(job);
      if (doubtful && (done.length < sources.length || !isLast)) throw doubtful;
      if (done.length < sources.length) {
        await job.moveToWait(token);
        this.#tell(shard, "given back", { done, ...commit });
        throw new WaitingError();
      }
      await this.#runs.settle(shard.run, shard.shard, { inputs: done });
      this.#tell(shard, "settled", { done, ...commit });
      if ((await this.#runs.countCommit(shard.spec.library)) % COMMITS_A_TIDYING === 0) {
        await this.#queue.tidy(shard.run, shard.spec.library);
      }
    } catch (error) {
      if (error instanceof WaitingError) throw error;
      await this.#fail(job, token, shard, error);
    }
  }

  async #fail(job: QueueJob, token: string, shard: ShardInWork, error: unknown): Promise<void> {
    if (error instanceof Misfit) {
      this.#break(error.cause);
      await job.moveToWait(token);
      throw new WaitingError();
    }
    const fault = faultOf(error);
    if (!isLastAttempt(job)) {
      this.#tell(shard, "again", { reason: fault.message });
      throw jobFault(fault);
    }
    if (error instanceof MedembedError && !UNSETTLED.has(error.code)) {
      this.#tell(shard, "given up", { reason: fault.message }); // a library that cannot be written is no fault of any input
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

  /** What an earlier delivery of the run has stored, and could not settle, the run has stored. */
  async #creditRun(run: string, sources: readonly (AddedSource | undefined)[]) {
    const outcomes = sources.flatMap((source) => source?.outcome ?? []);
    const now = new Set(outcomes.flatMap((told) => (told.outcome === "stored" ? [told.id] : [])));
    const known = outcomes.flatMap((told) => (told.outcome === "known" && !now.has(told.id!) ? [told.id!] : []));
    const announced = await this.#runs.announced(run, known);
    return sources.map((source): AddedSource | undefined => {
      if (source?.outcome.outcome !== "known" || !announced.has(source.outcome.id!)) return source;
      const { path, id } = source.outcome;
      return { ...source, outcome: { path, outcome: "stored", id: id! } };
    });
  }

  #add({ run, spec, inputs }: ShardInWork) {
    const { openEngine } = this.#options;
    const { signal } = this.#stopping;
    const { model, precision, profile, volumes, dicomweb } = spec;
    const key = JSON.stringify([model, precision, profile, volumes, dicomweb]);
    const open = () => openEngine(spec, signal).catch(misfit);
    return this.#engines.lend(key, open, ({ adding, identify, remote }) => {
      requireFit(spec, adding, identify);
      return this.#withLibrary(spec, (library) => {
        const beforeCommit = (ids: readonly string[]) => this.#runs.announce(run, ids);
        const { labels } = spec;
        const sources = inputs.map((input) => sourceOf(input, remote));
        return addShard(sources, {
          library,
          embedder: adding,
          budget: this.#budget,
          identify,
          labels,
          beforeCommit,
          signal,
        });
      });
    });
  }

  #withLibrary<Result>(spec: RunSpec, work: (library: Library) => Promise<Result>): Promise<Result> {
    const open = () => Library.openOrCreate({ uri: spec.library }, spec.head);
    return this.#libraries.lend(spec.library, open, work);
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

interface ShardInWork {
  readonly run: string;
  readonly shard: string;
  readonly inputs: readonly ShardInput[];
  readonly turn: number;
  readonly spec: RunSpec;
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

/** A worker that does not fit a run. */
class Misfit extends Error {}

function misfit(error: unknown): never {
  if (error instanceof MedembedError && MISFITS.has(error.code)) throw new Misfit("", { cause: error });
  throw error;
}

function requireFit({ head }: RunSpec, adding: AddingEmbedder, identify: Identify): void {
  try {
    requireSpace(head, spaceOf(adding));
    requireIdentities(head, identify);
  } catch (error) {
    misfit(error);
  }
}

/**
 * @returns what is settled, in order, and what may be better next time: an input that is not settled, or files of a series that is
 * @throws Misfit
 */
function sortOut(inputs: readonly ShardInput[], sources: readonly (AddedSource | undefined)[]) {
  const done: InputOutcome[] = [];
  let doubtful: MedembedError | undefined;
  for (const [i, source] of sources.entries()) {
    if (!source) continue;
    const { outcome: told, failures } = source;
    const faults = told.outcome === "failed" ? [told] : failures;
    for (const { code, reason } of faults) {
      if (code === REFUSED) throw new Misfit("", { cause: new MedembedError(code, reason) });
      if (UNSETTLED.has(code)) doubtful ??= new MedembedError(code, reason);
    }
    if (told.outcome !== "failed") done.push([inputs[i].path, told.outcome, told.id!, ...detailsOf(inputs[i], source)]);
    else if (!UNSETTLED.has(told.code)) done.push(failedOutcome(inputs[i], told.code, told.reason));
  }
  return { done, doubtful };
}

function isLastAttempt({ attemptsMade, opts }: QueueJob): boolean {
  return attemptsMade + 1 >= (opts.attempts ?? 1);
}

/** None for most. */
function detailsOf(input: ShardInput, { outcome, failures }: AddedSource): [] | [RecordDetails] {
  const slices = outcome.outcome === "stored" ? outcome.slices : undefined;
  const findings = outcome.outcome === "failed" ? [] : (outcome.findings ?? []);
  const unread = failures.map(({ path, code, reason }) => ({ path, code, reason }));
  const details = {
    ...(input.kind === "remote" && { name: input.name }),
    ...(slices !== undefined && { slices }),
    ...(findings.length > 0 && { findings }),
    ...(unread.length > 0 && { unread }),
  };
  return Object.keys(details).length > 0 ? [details] : [];
}

/** Nothing of an unexpected error's own words: they may hold anything. */
function faultOf(error: unknown): MedembedError {
  if (error instanceof MedembedError) return error;
  return new MedembedError("engine-failed", `an unexpected ${error instanceof Error ? error.name : "error"}`);
}

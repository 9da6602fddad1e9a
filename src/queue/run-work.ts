import { type ErrorCode, MedembedError } from "../errors.ts";
import type { RunSpec } from "./run-spec.ts";
import type { InputOutcome } from "./runs.ts";
import type { ShardInput } from "./shard.ts";

/** What says that an engine cannot be opened on this machine: the next shard of the run would fare no better. */
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

/** These may be better next time, and are no fault of the input before they have been tried alone. */
export const UNSETTLED: ReadonlySet<ErrorCode> = new Set(["engine-failed", "server-failed"]);

/** What a worker does for one kind of runs. Leases, attempts and all that is told of shards are the worker's. */
export interface RunWork<Spec extends RunSpec = RunSpec> {
  /**
   * Works on a shard. To do so twice, also at the same time, changes nothing.
   * @throws Misfit, Outdated; MedembedError, of which those that are `UNSETTLED` may be the fault of an input
   */
  process(shard: ShardTask<Spec>): Promise<ShardResult>;
  /** Puts in order what the run fills; asked for by results that say `untidy`. */
  tidy?(spec: Spec): Promise<void>;
  /** Closes what is kept open for the next shard, once no shard is in work. */
  close(): Promise<void>;
}

export interface ShardTask<Spec extends RunSpec = RunSpec> {
  readonly run: string;
  readonly shard: string;
  readonly spec: Spec;
  readonly inputs: readonly ShardInput[];
  /** Aborted when the worker stops: what is not begun need not be. */
  readonly signal: AbortSignal;
}

export interface ShardResult {
  /** What has become of the inputs that are settled, in their order. */
  readonly done: readonly InputOutcome[];
  /** That something may be better next time: an input that is not settled, or a part of one that is. */
  readonly doubtful?: MedembedError | undefined;
  /** What it took to store it. */
  readonly commitMs: number;
  /** Of the library, with the commit. */
  readonly version?: number | undefined;
  /** What is to be put in order by now, by a name that all who fill it have for it. */
  readonly untidy?: string | undefined;
}

/** A worker that does not fit a run; `cause` says why. */
export class Misfit extends Error {
  declare readonly cause: unknown;

  constructor(cause: unknown) {
    super("", { cause });
  }
}

/** That inputs are not what they were when they were planned; `cause` says how. No attempt will find it otherwise. */
export class Outdated extends Error {
  declare readonly cause: MedembedError;

  constructor(cause: MedembedError) {
    super("", { cause });
  }
}

/** @throws Misfit for what makes the worker one, else the error */
export function misfit(error: unknown): never {
  if (error instanceof MedembedError && MISFITS.has(error.code)) throw new Misfit(error);
  throw error;
}

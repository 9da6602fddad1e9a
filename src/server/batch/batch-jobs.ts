import { realpath } from "node:fs/promises";
import { sep } from "node:path";
import type { FastifyBaseLogger } from "fastify";
import { type BatchProgress, makerOf, runBatch } from "../../batch/run-batch.ts";
import { MedembedError } from "../../errors.ts";
import type { RowQueue } from "../calls/embed-rows.ts";
import { isClassifier } from "../classifier.ts";
import type { Deployment } from "../deployment.ts";
import type { Endpoint } from "../endpoint.ts";
import { tracesOf } from "../traces.ts";
import { Turns } from "../turns.ts";
import { backgroundEmbedder } from "./background-embedder.ts";
import { findInput } from "./input-folder.ts";
import { isOpen, type Job, jobId } from "./job.ts";
import { JobFolders } from "./job-folders.ts";
import { type Pace, paceOf } from "./pace.ts";

/** Waiting behind the one that runs: more would wait for days, and be forgotten. */
const MAX_QUEUED = 16;
/** Ended ones included: they stay until somebody removes them, and the list is one answer. */
const MAX_JOBS = 1_000;

const NOTHING_DONE: BatchProgress = { files: 0, rows: 0, failed: 0, bytes: 0, totalBytes: 0 };

/** What a caller asks for, the deployment being one that the caller may use. */
export interface JobRequest {
  readonly input: string;
  readonly deployment: Deployment;
  /** Undefined: the deployment's own. */
  readonly profile: string | undefined;
  /** Whose job it is. */
  readonly key: string | undefined;
}

export interface BatchJobsOptions {
  /** Of all inputs. */
  readonly folder: string;
  readonly endpoint: Endpoint;
  readonly queue: RowQueue;
}

interface Run {
  readonly id: string;
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/**
 * The batches that the server works on, one at a time and in order. What is told to a caller is on the disk by then, so that
 * a server which is started again, after whatever end, goes on where it was.
 */
export class BatchJobs {
  readonly #options: BatchJobsOptions;
  readonly #folders: JobFolders;
  readonly #jobs: Map<string, Job>;
  /** Each look at a job with the change that follows from it. */
  readonly #turns = new Turns();
  /** By id, next first. */
  #waiting: string[];
  #run: Run | undefined;
  #pace: Pace | undefined;
  #log: FastifyBaseLogger | undefined;
  #isStopping = false;

  /** Reads what earlier servers have left. @throws MedembedError "usage", "write-failed" */
  static async open(options: BatchJobsOptions): Promise<BatchJobs> {
    const folder = await realpath(options.folder).catch(() => options.folder);
    const folders = await JobFolders.open(folder);
    try {
      return new BatchJobs({ ...options, folder }, folders, await folders.readAll());
    } catch (error) {
      await folders.close();
      throw error;
    }
  }

  private constructor(options: BatchJobsOptions, folders: JobFolders, jobs: readonly Job[]) {
    this.#options = options;
    this.#folders = folders;
    this.#jobs = new Map(jobs.map((job) => [job.id, isOpen(job) ? { ...job, state: "queued" } : job]));
    this.#waiting = jobs.filter(isOpen).map(({ id }) => id);
  }

  /** Oldest first. */
  get all(): readonly Job[] {
    return [...this.#jobs.values()];
  }

  get(id: string): Job | undefined {
    return this.#jobs.get(id);
  }

  /** Of the job that runs, once it has done something. */
  paceOf({ id, state }: Job): Pace | undefined {
    return state === "running" && this.#run?.id === id ? this.#pace : undefined;
  }

  /** Where the outputs of a job are. */
  pathOf(id: string): string {
    return this.#folders.pathOf(id);
  }

  /** From now on, when the models are loaded, jobs are worked on. */
  begin(log: FastifyBaseLogger): void {
    this.#log = log;
    this.#runNext();
  }

  /**
   * Takes a job in. One that is known and waits or runs stays as it is; one that has ended goes on where it stopped.
   * @throws MedembedError "invalid-request", "too-many-pending", "warming-up", "stopping", "write-failed"
   */
  async submit({ input, deployment, profile, key }: JobRequest): Promise<Job> {
    const maker = makerOf(deployment.checkReady(), profile);
    checkGivesVectors(deployment);
    await findInput(this.#options.folder, input);
    const id = jobId({ input, deployment: deployment.name, key, maker });
    return this.#turns.take(async () => {
      const known = this.#jobs.get(id);
      if (known && isOpen(known)) return known;
      if (this.#waiting.length >= MAX_QUEUED) {
        throw new MedembedError("too-many-pending", `${this.#waiting.length} jobs are waiting; try again`);
      }
      if (!known && this.#jobs.size >= MAX_JOBS) {
        throw new MedembedError("too-many-pending", `${MAX_JOBS} jobs are kept; remove some that have ended`);
      }
      const { error: _, ...job }: Omit<Job, "state"> = known ?? {
        id,
        input,
        deployment: deployment.name,
        profile: maker.profile,
        ...(key !== undefined && { key }),
        createdAt: new Date().toISOString(),
        progress: NOTHING_DONE,
      };
      const queued = await this.#keep({ ...job, state: "queued" });
      this.#waiting.push(id);
      this.#runNext();
      return queued;
    });
  }

  /** Ends a job that waits or runs; what it has done stays. One that has ended stays as it is. @throws MedembedError "write-failed" */
  cancel(id: string): Promise<Job | undefined> {
    return this.#turns.take(async () => {
      const job = this.#jobs.get(id);
      if (!job || !isOpen(job)) return job;
      const cancelled = await this.#keep({ ...job, state: "cancelled" });
      this.#waiting = this.#waiting.filter((other) => other !== id);
      if (this.#run?.id === id) this.#run.stop.abort();
      return cancelled;
    });
  }

  /** Deletes a job that has ended, outputs and all. @throws MedembedError "write-failed" */
  async remove(id: string): Promise<void> {
    if (this.#run?.id === id) await this.#run.done; // one that was cancelled just now still writes
    await this.#turns.take(async () => {
      const job = this.#jobs.get(id);
      if (!job || isOpen(job)) return; // asked for again meanwhile
      await this.#folders.remove(id);
      this.#jobs.delete(id);
    });
  }

  /** Stops the work where it is; the next server goes on with it. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#run?.stop.abort();
    await this.#run?.done;
    await this.#turns.take(() => this.#folders.close());
  }

  #runNext(): void {
    if (this.#run || this.#isStopping || !this.#log) return;
    const id = this.#waiting.shift();
    if (id === undefined) return;
    const stop = new AbortController();
    const done = this.#work(id, stop.signal, this.#log).finally(() => {
      this.#run = undefined;
      this.#pace = undefined;
      this.#runNext();
    });
    this.#run = { id, stop, done };
  }

  /** Never fails: whatever happens, the next job has its turn. */
  async #work(id: string, signal: AbortSignal, log: FastifyBaseLogger): Promise<void> {
    try {
      const job = await this.#change(id, ({ state }) => state === "queued" && !signal.aborted, { state: "running" });
      if (!job) return; // cancelled meanwhile
      log.info({ job: id, deployment: job.deployment }, "batch job begins");
      const ending = await this.#embed(job, signal, log);
      if (this.#isStopping && signal.aborted && ending.state !== "finished") return;
      await this.#change(id, ({ state }) => state === "running", ending);
      const { state, progress } = this.#jobs.get(id) ?? job;
      log.info({ job: id, state, ...progress, error: ending.error?.code }, "batch job ends");
    } catch (error) {
      log.error({ job: id, ...tracesOf(error as Error) }, "batch job cannot be kept");
      const job = this.#jobs.get(id);
      if (job && isOpen(job)) this.#jobs.set(id, { ...job, ...this.#failure(error) });
    }
  }

  /** @returns what becomes of the job */
  async #embed(job: Job, signal: AbortSignal, log: FastifyBaseLogger): Promise<Pick<Job, "state" | "error">> {
    const { folder, endpoint, queue } = this.#options;
    let serving: ReturnType<Deployment["hold"]> | undefined;
    try {
      const deployment = endpoint.route(job.deployment);
      checkGivesVectors(deployment);
      serving = deployment.hold();
      await runBatch({
        inputFolder: await findInput(folder, job.input),
        outFolder: this.pathOf(job.id),
        embedder: backgroundEmbedder(serving.embedder, queue),
        profile: job.profile,
        signal,
        onProgress: this.#follow(job.id),
      });
      return { state: "finished" };
    } catch (error) {
      if (!(error instanceof MedembedError))
        log.error({ job: job.id, ...tracesOf(error as Error) }, "unexpected error");
      return this.#failure(error);
    } finally {
      serving?.leave();
    }
  }

  /** Paths are told from the folder of inputs on: where that is, is no caller's business. */
  #failure(error: unknown): Required<Pick<Job, "state" | "error">> {
    if (!(error instanceof MedembedError)) {
      return { state: "failed", error: { code: "unexpected", message: "an error of the server; its log has more" } };
    }
    const message = error.message.replaceAll(`${this.#options.folder}${sep}`, "");
    return { state: "failed", error: { code: error.code, message } };
  }

  #follow(id: string): (now: BatchProgress) => void {
    const started = performance.now();
    let first: BatchProgress | undefined;
    return (now) => {
      first ??= now;
      this.#pace = paceOf(first, now, performance.now() - started);
      const job = this.#jobs.get(id);
      if (job) this.#jobs.set(id, { ...job, progress: now });
    };
  }

  /** @returns undefined for a job that is no longer so */
  #change(id: string, isSo: (job: Job) => boolean, change: Partial<Job>): Promise<Job | undefined> {
    return this.#turns.take(async () => {
      const job = this.#jobs.get(id);
      return job && isSo(job) ? this.#keep({ ...job, ...change }) : undefined;
    });
  }

  /** On the disk first. */
  async #keep(job: Job): Promise<Job> {
    await this.#folders.write(job);
    this.#jobs.set(job.id, job);
    return job;
  }
}

/** @throws MedembedError "invalid-request" */
function checkGivesVectors({ config }: Deployment): void {
  if (isClassifier(config))
    throw new MedembedError("invalid-request", "this deployment gives labels, a batch needs vectors");
}

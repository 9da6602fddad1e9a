import { isMainThread, parentPort, type TransferListItem, Worker, workerData } from "node:worker_threads";
import { type ErrorCode, MedembedError } from "./errors.ts";

/** An error as it crosses the border between threads: classes do not survive it. */
interface SentError {
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly stack: string | undefined;
}

type Reply<Response, Progress> = { readonly id: number } & (
  | { readonly response: Response }
  | { readonly error: SentError }
  | { readonly progress: Progress }
);

interface PendingCall<Response, Progress> {
  readonly onProgress: ((progress: Progress) => void) | undefined;
  readonly resolve: (response: Response) => void;
  readonly reject: (error: Error) => void;
  readonly answer: Promise<Response>;
}

/**
 * A thread that answers requests. When it dies, the calls in flight fail with "engine-failed" and the next call starts a
 * fresh one. Its counterpart inside the thread is `answerRequests`.
 */
export class WorkerThread<Request, Response, Progress = never> {
  readonly #script: URL;
  readonly #workerData: unknown;
  readonly #pending = new Map<number, PendingCall<Response, Progress>>();
  #worker: Worker | undefined;
  #nextId = 0;

  /** @param script the module to run, as a `.ts` URL; built code runs the `.js` beside it */
  constructor(script: URL, data: unknown) {
    this.#script = import.meta.url.endsWith(".ts") ? script : new URL(script.href.replace(/\.ts$/, ".js"));
    this.#workerData = data;
  }

  /** How many calls have not been answered yet. */
  get load(): number {
    return this.#pending.size;
  }

  /**
   * @param transfer buffers that change hands instead of being copied
   * @param onProgress told of what the thread tells before it answers
   * @throws MedembedError "engine-failed" when the thread stops, or what the thread threw
   */
  async call(
    request: Request,
    transfer: readonly TransferListItem[] = [],
    onProgress?: (progress: Progress) => void,
  ): Promise<Response> {
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const id = this.#nextId++;
    worker.postMessage({ id, request }, transfer); // throws for what cannot be sent: then nothing is pending
    const { promise, resolve, reject } = withResolvers<Response>();
    this.#pending.set(id, { onProgress, resolve, reject, answer: promise });
    worker.ref();
    return promise;
  }

  /**
   * Ends the thread once it has answered what it was asked. Ending it inside the runtime's `run()` would abort the whole
   * process, so there is no way to do it sooner.
   */
  async close(): Promise<void> {
    while (this.#pending.size > 0) {
      await Promise.allSettled([...this.#pending.values()].map(({ answer }) => answer));
    }
    await this.kill();
  }

  /** Ends the thread at once: its calls fail with "engine-failed". Not for threads that may be inside a runtime. */
  async kill(): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    this.#abandon(worker, new Error("it was ended"));
    await worker.terminate();
  }

  #start(): Worker {
    const worker = new Worker(this.#script, { workerData: this.#workerData });
    worker.unref(); // an idle thread does not keep the process alive
    worker.on("message", (reply: Reply<Response, Progress>) => {
      const call = this.#pending.get(reply.id);
      if ("progress" in reply) return call?.onProgress?.(reply.progress);
      this.#pending.delete(reply.id);
      if (this.#pending.size === 0) worker.unref();
      if ("error" in reply) call?.reject(receiveError(reply.error));
      else call?.resolve(reply.response);
    });
    worker.on("error", (cause) => this.#abandon(worker, cause));
    worker.on("exit", (code) => this.#abandon(worker, new Error(`exit code ${code}`)));
    return worker;
  }

  #abandon(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const error = new MedembedError(
      "engine-failed",
      `a worker thread stopped: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}

/** Inside the thread: answers the requests one after the other. Buffers in `transfer` change hands; `tell` tells how far an answer has come. */
export function answerRequests<Data, Request, Response, Progress = never>(
  prepare: (
    data: Data,
  ) => (
    request: Request,
    tell: (progress: Progress) => void,
  ) => Promise<{ response: Response; transfer?: readonly TransferListItem[] }>,
): void {
  const port = parentPort;
  if (isMainThread || !port) throw new Error("answerRequests runs in a worker thread only");
  const answer = prepare(workerData as Data);
  let previous = Promise.resolve();
  port.on("message", ({ id, request }: { id: number; request: Request }) => {
    previous = previous.then(async () => {
      try {
        const { response, transfer = [] } = await answer(request, (progress) =>
          port.postMessage({ id, progress } satisfies Reply<Response, Progress>),
        );
        port.postMessage({ id, response } satisfies Reply<Response, Progress>, transfer);
      } catch (error) {
        port.postMessage({ id, error: sendError(error) } satisfies Reply<Response, Progress>);
      }
    });
  });
}

function sendError(error: unknown): SentError {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { code: error instanceof MedembedError ? error.code : undefined, message, stack };
}

function receiveError({ code, message, stack }: SentError): Error {
  const error = code ? new MedembedError(code, message) : new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** Promise.withResolvers, which Node 20 lacks. */
function withResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

import type { TransferListItem } from "node:worker_threads";
import { WorkerThread } from "./worker-thread.ts";

/** Several threads of one kind; each call goes to the one with the least to do. */
export class WorkerPool<Request, Response> {
  readonly size: number;
  readonly #threads: readonly WorkerThread<Request, Response>[];

  /** @param script as for `WorkerThread` @param data what each thread is started with */
  constructor(size: number, script: URL, data: unknown) {
    this.size = size;
    this.#threads = Array.from({ length: size }, () => new WorkerThread(script, data));
  }

  call(request: Request, transfer: readonly TransferListItem[] = []): Promise<Response> {
    const idlest = this.#threads.reduce((least, thread) => (thread.load < least.load ? thread : least));
    return idlest.call(request, transfer);
  }

  /** Ends every thread after the calls in flight. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}

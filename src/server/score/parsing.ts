import { Batcher, oldest, type Patience } from "../../batcher.ts";
import { WorkerPool } from "../../worker-pool.ts";
import { parseRequest, type ScoreRequest } from "./parse-request.ts";

/** Below this the event loop parses a body in about a millisecond, and the way to a thread and back costs as much. */
const MAX_INLINE_BYTES = 256 * 2 ** 10;
/** A large body takes a tenth of a second: a second thread, so that the next one need not wait. */
const THREADS = 2;

export interface ParsingRequest {
  readonly body: Uint8Array;
  readonly maxRows: number;
}

/** Parses bodies: small ones here, large ones in a thread, by the same function. */
export class Parsing {
  readonly #maxRows: number;
  readonly #pool: WorkerPool<ParsingRequest, ScoreRequest>;
  readonly #queue: Batcher<ParsingRequest, ScoreRequest>;

  constructor(maxRows: number) {
    this.#maxRows = maxRows;
    this.#pool = new WorkerPool(THREADS, new URL("./parsing-worker.ts", import.meta.url), null);
    this.#queue = new Batcher({
      run: async ([request]) => [await this.#pool.call(request, [request.body.buffer as ArrayBuffer])],
      choose: oldest(1),
      concurrency: THREADS,
    });
  }

  /** @param body changes hands when it is large @throws MedembedError "invalid-request", "cancelled" */
  async parse(body: Uint8Array<ArrayBuffer>, patience: Patience): Promise<ScoreRequest> {
    if (body.length <= MAX_INLINE_BYTES) return parseRequest(body, this.#maxRows);
    return this.#queue.submit({ body, maxRows: this.#maxRows }, patience);
  }

  async close(): Promise<void> {
    await this.#queue.close();
    await this.#pool.close();
  }
}

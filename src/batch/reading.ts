import { WorkerThread } from "../worker-thread.ts";
import type { RowChunk } from "./read-rows.ts";

/** A file to be opened, or the next chunk of the one that is open. */
export type ReadRequest = { readonly path: string; readonly skip: number } | "next";

/** A thread that reads CSV files and decodes base64, off the event loop; one file at a time. */
export class Reading {
  readonly #thread = new WorkerThread<ReadRequest, RowChunk>(new URL("./reading-worker.ts", import.meta.url), null);

  /**
   * The rows of a file as `readRows` gives them, each chunk read when it is asked for.
   * @throws MedembedError "not-found", "engine-failed"
   */
  async *read(path: string, skip: number): AsyncGenerator<RowChunk> {
    let chunk = await this.#thread.call({ path, skip });
    yield chunk;
    while (!chunk.isEnd) {
      chunk = await this.#thread.call("next");
      yield chunk;
    }
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}

import { WorkerThread } from "../worker-thread.ts";
import type { InputRow, RowChunk } from "./read-rows.ts";
import type { RowRange } from "./row-range.ts";

/** A file to be opened, the next chunk of the one that is open, or a range of any. */
export type ReadRequest = { readonly path: string; readonly skip: number } | "next" | RangeRequest;

interface RangeRequest {
  readonly path: string;
  readonly range: RowRange;
}

/** Of a range: nothing where the file has other rows by now. */
export type ReadResponse = RowChunk | { readonly rows: readonly InputRow[] | undefined };

/** A thread that reads CSV files and decodes base64, off the event loop; one file at a time. */
export class Reading {
  readonly #thread = new WorkerThread<ReadRequest, ReadResponse>(new URL("./reading-worker.ts", import.meta.url), null);

  /**
   * The rows of a file as `readRows` gives them, each chunk read when it is asked for.
   * @throws MedembedError "not-found", "engine-failed"
   */
  async *read(path: string, skip: number): AsyncGenerator<RowChunk> {
    let chunk = (await this.#thread.call({ path, skip })) as RowChunk;
    yield chunk;
    while (!chunk.isEnd) {
      chunk = (await this.#thread.call("next")) as RowChunk;
      yield chunk;
    }
  }

  /** As `readRange` of the same file. @throws MedembedError "not-found", "engine-failed" */
  async readRange(path: string, range: RowRange): Promise<readonly InputRow[] | undefined> {
    return (await this.#thread.call({ path, range })).rows;
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}

import type { FixedSizeList, RecordBatch, Vector } from "apache-arrow";
import { WorkerThread } from "../worker-thread.ts";
import type { Candidate, Rows } from "./held-vectors.ts";
import type { Table } from "./lancedb.ts";

/** What the thread is started with. */
export interface SnapshotData {
  readonly dimensions: number;
}

export type SnapshotRequest =
  | { readonly kind: "keep"; readonly rows: Float64Array }
  | ({ readonly kind: "append" } & Rows)
  | {
      readonly kind: "nearest";
      readonly query: Float32Array;
      readonly count: number;
      readonly among: Float64Array | undefined;
    };

export interface SnapshotResponse {
  /** How many rows are held by now. */
  readonly size: number;
  /** After "keep": the highest number among them, or -1. */
  readonly highest?: number;
  readonly found?: readonly Candidate[];
}

/**
 * All vectors of a table in the memory of a thread, for exact search. Before each search it looks whether the table has
 * changed, and takes over what is new and lets go of what is gone: rows of a table never change, and new ones have higher
 * numbers.
 */
export class Snapshot {
  readonly #table: Table;
  readonly #thread: WorkerThread<SnapshotRequest, SnapshotResponse>;
  #version = -1;
  #size = 0;
  #catchingUp: Promise<void> = Promise.resolve();

  constructor(table: Table, dimensions: number) {
    this.#table = table;
    const data: SnapshotData = { dimensions };
    this.#thread = new WorkerThread(new URL("./snapshot-worker.ts", import.meta.url), data);
  }

  /**
   * The rows with the highest dot products, the best first; equal ones by id.
   * @param among numbers of the only rows that count
   * @throws MedembedError "engine-failed" when the thread stops; the next search begins anew
   */
  async nearest(query: Float32Array, count: number, among?: Float64Array): Promise<readonly Candidate[]> {
    await this.#catchUp();
    const { size, found = [] } = await this.#thread.call({ kind: "nearest", query, count, among });
    if (size >= this.#size) return found;
    this.#version = -1; // the thread was started again and holds nothing
    return this.nearest(query, count, among);
  }

  close(): Promise<void> {
    return this.#thread.close();
  }

  #catchUp(): Promise<void> {
    const next = async () => {
      const version = await this.#table.version();
      if (version === this.#version) return;
      const rows = await rowNumbers(this.#table);
      // Should there be rows without the highest numbers that are not held, all are read again.
      if ((await this.#hold(rows)) < rows.length) await this.#hold(new Float64Array());
      this.#version = version;
    };
    this.#catchingUp = this.#catchingUp.then(next, next);
    return this.#catchingUp;
  }

  /** Lets go of all but these rows, and reads those behind the last that is left. @returns how many are held */
  async #hold(rows: Float64Array): Promise<number> {
    const { size, highest = -1 } = await this.#thread.call({ kind: "keep", rows });
    this.#size = size;
    if (size > 0 && size === rows.length) return size;
    for await (const batch of this.#table
      .query()
      .where(`_rowid >= ${highest + 1}`)
      .select(["id", "vector"])
      .withRowId()) {
      const vectors = valuesOf(batch.getChild("vector")!);
      const ids: string[] = batch.getChild("id")!.toArray();
      const request = { kind: "append", rows: toNumbers(batch), ids: Array.from(ids), vectors } as const;
      this.#size = (await this.#thread.call(request, [vectors.buffer, request.rows.buffer])).size;
    }
    return this.#size;
  }
}

/** The numbers of the rows that a filter lets through. */
export async function rowNumbers(table: Table, sql?: string): Promise<Float64Array<ArrayBuffer>> {
  const query = table.query().select([]).withRowId();
  const { batches } = await (sql === undefined ? query : query.where(sql)).toArrow();
  const numbers = new Float64Array(batches.reduce((sum, { numRows }) => sum + numRows, 0));
  let at = 0;
  for (const batch of batches) {
    numbers.set(toNumbers(batch), at);
    at += batch.numRows;
  }
  return numbers;
}

/**
 * Numbers of rows hold the number of a fragment above 32 bits for the row: exact up to two million fragments. They are put together of
 * their halves, the low one first as Arrow has them: a BigInt for each would take longer than the search.
 */
function toNumbers(batch: RecordBatch): Float64Array<ArrayBuffer> {
  const { buffer, byteOffset, length } = batch.getChild("_rowid")!.toArray() as BigUint64Array;
  const halves = new Uint32Array(buffer, byteOffset, 2 * length);
  const numbers = new Float64Array(length);
  for (let i = 0; i < length; i++) numbers[i] = halves[2 * i] + halves[2 * i + 1] * 2 ** 32;
  return numbers;
}

/** float32 [rows, dimensions] of a column of vectors, copied out of the batch. */
function valuesOf(column: Vector): Float32Array<ArrayBuffer> {
  const [{ children, offset, length, type }] = column.data;
  const { listSize } = type as FixedSizeList;
  return (children[0].values as Float32Array).slice(offset * listSize, (offset + length) * listSize) as never;
}

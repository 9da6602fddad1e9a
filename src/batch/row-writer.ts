import type { EmbeddedRow } from "./embed-row.ts";
import { type BatchState, doneBy, type Failure, type FileRecord } from "./journal.ts";
import { Results } from "./results.ts";
import { writeCsvLine, writeJsonLine } from "./write-row.ts";

/** Which rows they are that are written. */
interface RowsOf {
  readonly file: string;
  /** Of the whole file. */
  readonly sha256: string;
  /** Whether they are the last of it. */
  readonly isEnd: boolean;
}

/** Writes the rows of a batch in their order, and counts what is written of each file. */
export class RowWriter {
  readonly #results: Results;
  readonly #scalingFactor: number;
  /** The last is unfinished for as long as more rows of its file are to come. */
  readonly #records: FileRecord[];
  #isUnfinished: boolean;

  private constructor(results: Results, state: BatchState, scalingFactor: number) {
    this.#results = results;
    this.#scalingFactor = scalingFactor;
    this.#records = [...doneBy(state)];
    this.#isUnfinished = state.unfinished !== undefined;
  }

  /** Goes on behind the rows of a state. @throws MedembedError "write-failed" */
  static async open(outFolder: string, state: BatchState, scalingFactor: number): Promise<RowWriter> {
    return new RowWriter(await Results.open(outFolder, state), state, scalingFactor);
  }

  /** Of every file that is done, and at the end of the one that the latest rows are of. */
  get records(): readonly FileRecord[] {
    return this.#records;
  }

  /** @returns the failures among the rows, once all of them are safe @throws MedembedError "write-failed" */
  async write(rows: readonly EmbeddedRow[], { file, sha256, isEnd }: RowsOf): Promise<readonly Failure[]> {
    const failures = rows.flatMap(({ row, fault }) => (fault ? [{ ...(row !== undefined && { row }), ...fault }] : []));
    const earlier = this.#isUnfinished ? this.#records.at(-1) : undefined;
    const record = {
      file,
      sha256,
      rows: (earlier?.rows ?? 0) + rows.filter(({ row }) => row !== undefined).length,
      failed: (earlier?.failed ?? 0) + failures.length,
    };
    const lines = (write: typeof writeCsvLine) => rows.map((row) => write(row, file, this.#scalingFactor)).join("");
    const written = { csv: lines(writeCsvLine), jsonl: lines(writeJsonLine) };
    await this.#results.commit(written, { file, sha256, rows: record.rows, isEnd, failures });
    if (earlier) this.#records.pop();
    this.#records.push(record);
    this.#isUnfinished = !isEnd;
    return failures;
  }

  close(): Promise<void> {
    return this.#results.close();
  }
}

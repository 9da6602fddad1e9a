import type { InputFile } from "../batch/input-files.ts";
import type { BatchState } from "../batch/journal.ts";
import { type CutFile, cutRows } from "../batch/row-range.ts";
import { type RowInput, type Shard, type ShardSize, shardOf } from "./shard.ts";

/** What of a batch was cut into shards. */
export interface CutBatch {
  /** What was done before, and is in no shard. */
  readonly state: BatchState;
  /** Grows while it is cut. */
  readonly files: ShardedFile[];
}

export interface ShardedFile extends CutFile {
  readonly file: string;
  /** Rows that were done before. */
  readonly skip: number;
  /** How many it has. */
  readonly shards: number;
}

/** The rows that are still to be done as shards, in their order. No shard has rows of two files. @throws MedembedError "not-found" */
export async function* cutBatch(
  { state, files }: CutBatch,
  inputs: readonly InputFile[],
  { inputs: rows, bytes }: ShardSize,
): AsyncGenerator<Shard> {
  for (const [i, input] of inputs.slice(state.finished.length).entries()) {
    const skip = i === 0 ? (state.unfinished?.rows ?? 0) : 0;
    let shards = 0;
    let whole!: CutFile;
    const cut = cutRows(input, { skip, size: { rows, bytes } }, (found) => {
      whole = found;
    });
    for await (const part of cut) {
      shards++;
      if ("range" in part) {
        const { range } = part;
        yield shardOf(
          part.rows.map((row): RowInput => ({ kind: "row", path: rowPath(input.file, row.row), ...row, range })),
        );
      } else {
        yield shardOf([{ kind: "row", path: rowPath(input.file, part.row), ...part }]);
      }
    }
    files.push({ file: input.file, skip, shards, ...whole });
  }
}

/** What an outcome calls a row; without a number it is the header. */
export function rowPath(file: string, row: number | undefined): string {
  return row === undefined ? file : `${file}#${row}`;
}

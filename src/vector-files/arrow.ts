import { open as openFile } from "node:fs/promises";
import { AsyncByteQueue, RecordBatchFileWriter, RecordBatchReader } from "apache-arrow";
import { decodeBatch, encodeBatch, ROWS_A_BATCH, schemaOf } from "./arrow-batches.ts";
import type { RowShape, VectorRow, VectorWriter } from "./vector-file.ts";

/** Arrow's file format, also known as Feather 2: the fastest to read. https://arrow.apache.org/docs/format/Columnar.html */
export async function open(path: string, shape: RowShape): Promise<VectorWriter> {
  const file = await openFile(path, "w");
  const pieces = new Pieces();
  const batches = new RecordBatchFileWriter().reset(pieces, schemaOf(shape));
  let rows: VectorRow[] = [];
  const flush = async () => {
    if (rows.length > 0) batches.write(encodeBatch(rows, shape));
    rows = [];
    for (const piece of pieces.take()) await file.writeFile(piece); // appends
  };
  return {
    write: async (columns, vector) => {
      rows.push({ columns, vector });
      if (rows.length === ROWS_A_BATCH) await flush();
    },
    close: async () => {
      try {
        await flush();
        batches.finish();
        await flush();
      } finally {
        await file.close();
      }
    },
  };
}

/** Both the file format and the stream format. */
export async function* read(path: string): AsyncGenerator<VectorRow> {
  const file = await openFile(path);
  try {
    let row = 0;
    for await (const batch of await RecordBatchReader.from(file)) {
      yield* decodeBatch(batch, path, row);
      row += batch.numRows;
    }
  } finally {
    await file.close();
  }
}

/** Keeps what the library writes until it is on the disk; a queue of its own would grow when the disk is slow. */
class Pieces extends AsyncByteQueue {
  #pieces: Uint8Array[] = [];

  override write(piece: Uint8Array): void {
    this.#pieces.push(piece);
  }

  take(): Uint8Array[] {
    const taken = this.#pieces;
    this.#pieces = [];
    return taken;
  }
}

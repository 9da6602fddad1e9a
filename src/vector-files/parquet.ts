import { openAsBlob } from "node:fs";
import { type FileHandle, open as openFile } from "node:fs/promises";
import { Table, tableFromIPC, tableToIPC } from "apache-arrow";
import {
  Compression,
  ParquetFile,
  Table as ParquetTable,
  transformParquetStream,
  type RecordBatch as WasmBatch,
  WriterPropertiesBuilder,
} from "parquet-wasm";
import { decodeBatch, encodeBatch, ROWS_A_BATCH } from "./arrow-batches.ts";
import type { RowShape, VectorRow, VectorWriter } from "./vector-file.ts";

/** Columns `vector` (a fixed-size list of float) and everything else that a row says. */
export async function open(path: string, shape: RowShape): Promise<VectorWriter> {
  const file = await openFile(path, "w");
  const { readable, writable } = new TransformStream<WasmBatch, WasmBatch>();
  const batches = writable.getWriter();
  const properties = new WriterPropertiesBuilder()
    .setCompression(Compression.ZSTD)
    .setMaxRowGroupSize(ROWS_A_BATCH)
    .build();
  // Not awaited: the library answers when it has seen the first batch.
  const written = transformParquetStream(readable, properties).then((chunks) => writeAll(file, chunks));
  written.catch(() => {}); // reported by the next write or by close
  let rows: VectorRow[] = [];
  let groups = 0;

  const flush = async () => {
    const stream = tableToIPC(new Table([encodeBatch(rows, shape)]), "stream");
    for (const batch of ParquetTable.fromIPCStream(stream).recordBatches())
      await Promise.race([batches.write(batch), written]);
    rows = [];
    groups++;
  };
  return {
    write: async (columns, vector) => {
      rows.push({ columns, vector });
      if (rows.length === ROWS_A_BATCH) await flush();
    },
    close: async () => {
      try {
        if (rows.length > 0 || groups === 0) await flush(); // a file without rows has its columns, too
        await Promise.race([batches.close(), written]); // what cannot be written is never closed
        await written;
      } finally {
        await file.close();
      }
    },
  };
}

export async function* read(path: string): AsyncGenerator<VectorRow> {
  const file = await ParquetFile.fromFile(await openAsBlob(path));
  const batches: ReadableStreamDefaultReader<WasmBatch> = (await file.stream()).getReader();
  let row = 0;
  for (let next = await batches.read(); !next.done; next = await batches.read()) {
    for (const batch of tableFromIPC(next.value.intoIPCStream()).batches) {
      yield* decodeBatch(batch, path, row);
      row += batch.numRows;
    }
  }
}

async function writeAll(file: FileHandle, chunks: ReadableStream<Uint8Array>): Promise<void> {
  const reader = chunks.getReader(); // a loop over the stream would cancel it when the disk is full, and wait forever
  for (let next = await reader.read(); !next.done; next = await reader.read()) await file.writeFile(next.value);
}

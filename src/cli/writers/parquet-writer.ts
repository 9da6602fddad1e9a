import { open } from "node:fs/promises";
import {
  Field,
  FixedSizeList,
  Float32,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import {
  Compression,
  Table as ParquetTable,
  transformParquetStream,
  type RecordBatch as WasmBatch,
  WriterPropertiesBuilder,
} from "parquet-wasm";
import type { VectorRecord, VectorWriter } from "./writer.ts";

/** 8 MB of vectors: a row group that readers skip as a whole, and the most that is held in memory. */
const ROWS_A_GROUP = 2_048;
/** The columns of strings. */
const FACTS = ["id", "kind", "model", "weights", "profile", "precision"] as const satisfies (keyof VectorRecord)[];

/** Columns `vector` (a fixed-size list of float) and, as strings, everything else that a record says. */
export async function openParquetFile(path: string, dimensions: number): Promise<VectorWriter> {
  const file = await open(path, "w");
  const { readable, writable } = new TransformStream<WasmBatch, WasmBatch>();
  const batches = writable.getWriter();
  const properties = new WriterPropertiesBuilder()
    .setCompression(Compression.ZSTD)
    .setMaxRowGroupSize(ROWS_A_GROUP)
    .build();
  // Not awaited: the library answers when it has seen the first batch.
  const written = transformParquetStream(readable, properties).then((chunks) => writeAll(file, chunks));
  written.catch(() => {}); // reported by the next write or by close
  let rows: VectorRecord[] = [];
  let groups = 0;

  const flush = async () => {
    for (const batch of ParquetTable.fromIPCStream(encodeRows(rows, dimensions)).recordBatches())
      await Promise.race([batches.write(batch), written]);
    rows = [];
    groups++;
  };
  return {
    write: async (record) => {
      rows.push(record);
      if (rows.length === ROWS_A_GROUP) await flush();
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

async function writeAll(file: Awaited<ReturnType<typeof open>>, chunks: ReadableStream<Uint8Array>): Promise<void> {
  const reader = chunks.getReader(); // a loop over the stream would cancel it when the disk is full, and wait forever
  for (let next = await reader.read(); !next.done; next = await reader.read()) await file.writeFile(next.value);
}

function encodeRows(rows: readonly VectorRecord[], dimensions: number): Uint8Array {
  const values = new Float32Array(rows.length * dimensions);
  for (const [i, { vector }] of rows.entries()) values.set(vector, i * dimensions);
  const type = new FixedSizeList(dimensions, new Field("item", new Float32(), false));
  const child = makeData({ type: new Float32(), length: values.length, data: values });
  const vectors = makeData({ type, length: rows.length, nullCount: 0, child });

  const columns = FACTS.map(
    (name) =>
      vectorFromArray(
        rows.map((row) => row[name]),
        new Utf8(),
      ).data[0],
  );
  const schema = new Schema([
    ...FACTS.map((name) => new Field(name, new Utf8(), false)),
    new Field("vector", type, false),
  ]);
  const data = makeData({
    type: new Struct(schema.fields),
    length: rows.length,
    nullCount: 0,
    children: [...columns, vectors],
  });
  return tableToIPC(new Table(schema, [new RecordBatch(schema, data)]), "stream");
}

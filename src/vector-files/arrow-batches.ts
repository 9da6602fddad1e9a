import {
  Field,
  FixedSizeList,
  Float32,
  Float64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { toColumns, toVector } from "./read-row.ts";
import type { RowShape, VectorRow } from "./vector-file.ts";

/** 8 MB of vectors of the default model: what readers skip as a whole, and the most that is held in memory. */
export const ROWS_A_BATCH = 2_048;

/** The columns of a file: what stands beside the vectors, and these as a fixed-size list of float. */
export function schemaOf({ columns, dimensions }: RowShape): Schema {
  return new Schema([
    ...Object.entries(columns).map(([name, type]) => new Field(name, columnType(type), true)),
    new Field("vector", vectorType(dimensions), false),
  ]);
}

export function encodeBatch(rows: readonly VectorRow[], shape: RowShape): RecordBatch {
  const { columns, dimensions } = shape;
  const values = new Float32Array(rows.length * dimensions);
  for (const [i, { vector }] of rows.entries()) values.set(vector, i * dimensions);
  const child = makeData({ type: new Float32(), length: values.length, data: values });
  const children = [
    ...Object.entries(columns).map(([name, type]) => {
      const cells = rows.map((row) => row.columns[name] ?? null);
      return vectorFromArray(cells, columnType(type)).data[0];
    }),
    makeData({ type: vectorType(dimensions), length: rows.length, nullCount: 0, child }),
  ];
  const schema = schemaOf(shape);
  const data = makeData({ type: new Struct(schema.fields), length: rows.length, nullCount: 0, children });
  return new RecordBatch(schema, data);
}

/** @param before rows of the file that came before those of the batch */
export function decodeBatch(batch: RecordBatch, path: string, before: number): VectorRow[] {
  const vectors = batch.getChild("vector");
  const columns = batch.schema.fields
    .filter(({ name }) => name !== "vector")
    .map(({ name }) => [name, batch.getChild(name)] as const);
  return Array.from({ length: batch.numRows }, (_, i) => ({
    columns: toColumns(Object.fromEntries(columns.map(([name, column]) => [name, column?.get(i)]))),
    vector: toVector(vectors?.get(i)?.toArray(), path, before + i + 1),
  }));
}

function columnType(type: "text" | "number"): Utf8 | Float64 {
  return type === "text" ? new Utf8() : new Float64();
}

function vectorType(dimensions: number): FixedSizeList<Float32> {
  return new FixedSizeList(dimensions, new Field("item", new Float32(), false));
}

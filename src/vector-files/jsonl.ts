import { type JsonLines, openJsonLines, readJsonLines } from "./json-lines.ts";
import { toColumns, toVector } from "./read-row.ts";
import type { VectorRow, VectorWriter } from "./vector-file.ts";

/** One JSON object a line, the vector as its last key. */
export async function open(path: string): Promise<VectorWriter> {
  return vectorLines(await openJsonLines(path));
}

export function vectorLines(lines: JsonLines): VectorWriter {
  return {
    write: (columns, vector) => lines.write({ ...columns, vector: Array.from(vector) }),
    close: () => lines.close(),
  };
}

export async function* read(path: string): AsyncGenerator<VectorRow> {
  let row = 0;
  for await (const { vector, ...columns } of readJsonLines(path)) {
    row++;
    yield { columns: toColumns(columns), vector: toVector(vector, path, row) };
  }
}

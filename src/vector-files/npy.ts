import { type FileHandle, open as openFile } from "node:fs/promises";
import { MedembedError } from "../errors.ts";
import { openJsonLines, readJsonLines } from "./json-lines.ts";
import { corruptRow, toColumns } from "./read-row.ts";
import type { RowShape, VectorRow, VectorWriter } from "./vector-file.ts";

/** Room for any shape, so that the number of rows can be filled in at the end; a multiple of 64 as the format asks. */
const HEADER_BYTES = 128;
/** Longer than the header of any array of numbers; stops a forged length from reserving memory. */
const MAX_HEADER_BYTES = 2 ** 16;
/** Longer than any vector in use, for the same reason. */
const MAX_DIMENSIONS = 2 ** 16;
const MAGIC = Buffer.from("\x93NUMPY", "latin1");

/** The types that are read. */
const DESCRIPTIONS: Readonly<
  Record<string, { readonly bytes: number; readonly read: (row: Buffer, at: number) => number }>
> = {
  "<f4": { bytes: 4, read: (row, at) => row.readFloatLE(at) },
  "<f8": { bytes: 8, read: (row, at) => row.readDoubleLE(at) },
};

/**
 * A numpy array float32 [vectors, dimensions], and beside it `<path>.ids.jsonl` with what belongs to each row.
 * Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export async function open(path: string, { dimensions }: RowShape): Promise<VectorWriter> {
  const file = await openFile(path, "w");
  await file.writeFile(npyHeader(0, dimensions)).catch(async (error) => {
    await file.close();
    throw error;
  });
  const ids = await openJsonLines(idsPath(path));
  let rows = 0;
  return {
    write: async (columns, vector) => {
      await file.writeFile(littleEndian(vector)); // appends
      await ids.write(columns);
      rows++;
    },
    close: async () => {
      try {
        await file.write(npyHeader(rows, dimensions), 0, HEADER_BYTES, 0);
      } finally {
        await Promise.all([file.close(), ids.close()]);
      }
    },
  };
}

export async function* read(path: string): AsyncGenerator<VectorRow> {
  const file = await openFile(path);
  try {
    const { rows, dimensions, description, start } = await readHeader(file, path);
    const { bytes, read } = description;
    let row = 0;
    for await (const columns of readJsonLines(idsPath(path))) {
      if (row === rows) throw corruptRow(idsPath(path), row + 1, `has no vector: ${path} has ${rows}`);
      const buffer = Buffer.alloc(dimensions * bytes);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, start + row * buffer.length);
      row++;
      if (bytesRead < buffer.length) throw corruptRow(path, row, "breaks off");
      const vector = Float32Array.from({ length: dimensions }, (_, i) => read(buffer, i * bytes));
      yield { columns: toColumns(columns), vector };
    }
    if (row < rows) throw corruptRow(path, row + 1, `has no line in ${idsPath(path)}`);
  } finally {
    await file.close();
  }
}

function idsPath(path: string): string {
  return `${path}.ids.jsonl`;
}

function npyHeader(rows: number, columns: number): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES, " ");
  MAGIC.copy(header);
  header.writeUInt16LE(1, 6); // version 1.0
  header.writeUInt16LE(HEADER_BYTES - 10, 8);
  header.write(`{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`, 10, "latin1");
  header.write("\n", HEADER_BYTES - 1);
  return header;
}

async function readHeader(file: FileHandle, path: string) {
  const beginning = Buffer.alloc(12);
  await file.read(beginning, 0, beginning.length, 0);
  const isVersion1 = beginning[6] === 1;
  const length = isVersion1 ? beginning.readUInt16LE(8) : beginning.readUInt32LE(8);
  const start = isVersion1 ? 10 : 12;
  if (!beginning.subarray(0, 6).equals(MAGIC) || length > MAX_HEADER_BYTES) throw noArray(path);
  const header = Buffer.alloc(length);
  await file.read(header, 0, length, start);
  const {
    descr = "",
    fortran,
    rows,
    dimensions,
  } = /'descr': '(?<descr>[^']*)'.*'fortran_order': (?<fortran>\w+).*'shape': \((?<rows>\d+), (?<dimensions>\d+)\)/.exec(
    header.toString("latin1"),
  )?.groups ?? {};
  const description = DESCRIPTIONS[descr];
  const isReadable =
    description && fortran === "False" && Number(dimensions) > 0 && Number(dimensions) <= MAX_DIMENSIONS;
  if (!isReadable) throw noArray(path);
  return { rows: Number(rows), dimensions: Number(dimensions), description, start: start + length };
}

function noArray(path: string): MedembedError {
  const needed = `a numpy array of ${Object.keys(DESCRIPTIONS).join(" or ")}, one vector a row, in C order`;
  return new MedembedError("corrupt-vectors", `${path} is not ${needed}`);
}

function littleEndian(values: Float32Array): Uint8Array {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) bytes.writeFloatLE(value, 4 * i);
  return bytes;
}

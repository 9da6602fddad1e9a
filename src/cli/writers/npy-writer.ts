import { open } from "node:fs/promises";
import { openJsonLines } from "./jsonl-writer.ts";
import type { VectorWriter } from "./writer.ts";

/** Room for any shape, so that the number of rows can be filled in at the end; a multiple of 64 as the format asks. */
const HEADER_BYTES = 128;

/**
 * A numpy array float32 [vectors, projection], and beside it `<path>.ids.jsonl` with what belongs to each row.
 * Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export async function openNpyFile(path: string, dimensions: number): Promise<VectorWriter> {
  const file = await open(path, "w");
  await file.writeFile(npyHeader(0, dimensions)).catch(async (error) => {
    await file.close();
    throw error;
  });
  const ids = await openJsonLines(`${path}.ids.jsonl`);
  let rows = 0;
  return {
    write: async ({ vector, ...facts }) => {
      await file.writeFile(littleEndian(vector)); // appends
      await ids.write(facts);
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

function npyHeader(rows: number, columns: number): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES, " ");
  header.write("\x93NUMPY\x01\x00", "latin1");
  header.writeUInt16LE(HEADER_BYTES - 10, 8);
  header.write(`{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`, 10, "latin1");
  header.write("\n", HEADER_BYTES - 1);
  return header;
}

function littleEndian(values: Float32Array): Uint8Array {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) bytes.writeFloatLE(value, 4 * i);
  return bytes;
}

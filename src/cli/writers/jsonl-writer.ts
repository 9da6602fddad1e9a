import { open } from "node:fs/promises";
import type { Writable } from "node:stream";
import type { VectorWriter } from "./writer.ts";

/** One JSON object a line, the vector as its last key. */
export function vectorLines(lines: JsonLines): VectorWriter {
  return {
    write: ({ vector, ...facts }) => lines.write({ ...facts, vector: Array.from(vector) }),
    close: () => lines.close(),
  };
}

export interface JsonLines {
  write(value: object): Promise<void>;
  close(): Promise<void>;
}

/** Lines on a stream that somebody else ends, such as standard output. */
export function jsonLines(stream: Writable): JsonLines {
  return {
    write: (value) =>
      new Promise((resolve, reject) => {
        stream.write(`${JSON.stringify(value)}\n`, (error) => (error ? reject(error) : resolve()));
      }),
    close: async () => {},
  };
}

export async function openJsonLines(path: string): Promise<JsonLines> {
  const file = await open(path, "w");
  return {
    write: (value) => file.writeFile(`${JSON.stringify(value)}\n`), // appends to what this handle has written
    close: () => file.close(),
  };
}

import { once } from "node:events";
import { createWriteStream } from "node:fs";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
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
    write: async (value) => {
      if (!stream.write(`${JSON.stringify(value)}\n`)) await once(stream, "drain");
    },
    close: async () => {},
  };
}

export async function openJsonLines(path: string): Promise<JsonLines> {
  const stream = createWriteStream(path);
  await once(stream, "open");
  return {
    ...jsonLines(stream),
    close: async () => {
      stream.end();
      await finished(stream);
    },
  };
}

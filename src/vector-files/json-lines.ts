import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { Writable } from "node:stream";
import { corruptRow } from "./read-row.ts";

/** Takes objects and writes one a line. */
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

/** The objects of a file, blank lines left out. @throws MedembedError "corrupt-vectors" */
export async function* readJsonLines(path: string): AsyncGenerator<Readonly<Record<string, unknown>>> {
  const input = createReadStream(path, "utf8");
  let row = 0;
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === "") continue;
    row++;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      throw corruptRow(path, row, "is no JSON");
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw corruptRow(path, row, "is no JSON object");
    }
    yield value as Record<string, unknown>;
  }
}

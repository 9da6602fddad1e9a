import { createWriteStream } from "node:fs";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { MedembedError } from "../errors.ts";

/** Writes lines, with their line breaks, to a file or to standard output. @throws MedembedError "write-failed" */
export async function writeLines(lines: Iterable<string>, out: string | undefined): Promise<void> {
  const write = async (stream: Writable) => {
    for (const line of lines) {
      await new Promise<void>((resolve, reject) => {
        stream.write(line, (error) => (error ? reject(error) : resolve()));
      });
    }
  };
  if (out === undefined) return write(process.stdout);
  const file = createWriteStream(out);
  try {
    await Promise.all([write(file).then(() => file.end()), finished(file)]);
  } catch (cause) {
    throw new MedembedError("write-failed", `cannot write ${out}: ${(cause as NodeJS.ErrnoException).code}`, { cause });
  }
}

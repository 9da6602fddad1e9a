import { open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type FileRecord, type Maker, readFailures } from "./journal.ts";
import { writeFailed } from "./write-failed.ts";

export const MANIFEST_NAME = "manifest.json";

/**
 * Writes what the outputs are: who made them, of which files, and every row that failed. It is the last file to appear and
 * appears whole, so where it is the batch is complete. No time stands in it: the same inputs give the same bytes.
 * Failures go from the journal straight to the disk, since there may be as many as rows.
 * @throws MedembedError "write-failed"
 */
export async function writeManifest(folder: string, maker: Maker, files: readonly FileRecord[]): Promise<void> {
  const path = join(folder, MANIFEST_NAME);
  const temporary = `${path}.part`;
  const sum = (key: "rows" | "failed") => files.reduce((total, file) => total + file[key], 0);
  try {
    const handle = await open(temporary, "w");
    try {
      for await (const piece of manifestOf({ ...maker, rows: sum("rows"), failed: sum("failed") }, files, folder)) {
        await handle.writeFile(piece); // appends
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    if (!(cause instanceof Error && "syscall" in cause)) throw cause;
    throw writeFailed(path, cause as NodeJS.ErrnoException);
  }
}

/** From here on the batch is not complete. */
export async function removeManifest(folder: string): Promise<void> {
  await rm(join(folder, MANIFEST_NAME), { force: true });
}

/** JSON with one line for each fact, file and failure. */
async function* manifestOf(facts: object, files: readonly FileRecord[], folder: string): AsyncGenerator<string> {
  const lines = Object.entries(facts).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`);
  yield `{\n${lines.join("")}  "files": [`;
  for (const [i, file] of files.entries()) yield `${i === 0 ? "" : ","}\n    ${JSON.stringify(file)}`;
  yield `\n  ],\n  "failures": [`;
  let isFirst = true;
  for await (const failure of readFailures(folder)) {
    yield `${isFirst ? "" : ","}\n    ${JSON.stringify(failure)}`;
    isFirst = false;
  }
  yield `${isFirst ? "" : "\n  "}]\n}\n`;
}

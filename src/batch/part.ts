import { hash, randomUUID } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import { MedembedError } from "../errors.ts";
import type { EmbeddedRow } from "./embed-row.ts";
import { writeFailed } from "./write-failed.ts";

/**
 * Writes embedded rows for somebody else to put where they belong. The file appears whole, in the place of one of that name
 * if there is one.
 * @throws MedembedError "write-failed"
 */
export async function writePart(path: string, rows: readonly EmbeddedRow[]): Promise<void> {
  const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  const temporary = `${path}.${randomUUID()}`; // others may be at the same part
  try {
    const handle = await open(temporary, "wx");
    try {
      await handle.writeFile(lines + sealOf(lines, rows.length));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw writeFailed(path, cause as NodeJS.ErrnoException);
  }
}

/** @returns undefined where no part is, or none that is whole @throws MedembedError "not-found" for one that cannot be read */
export async function readPart(path: string): Promise<readonly EmbeddedRow[] | undefined> {
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return undefined;
    throw new MedembedError("not-found", `${path} cannot be read: ${cause.code}`, { cause });
  });
  if (text === undefined) return undefined;
  const lines = text.slice(0, text.lastIndexOf("\n", text.length - 2) + 1);
  const rows = lines.split("\n").slice(0, -1);
  return text === lines + sealOf(lines, rows.length) ? rows.map((row) => JSON.parse(row) as EmbeddedRow) : undefined;
}

/** The last line of a part: whoever finds another one there has no whole part. */
function sealOf(lines: string, rows: number): string {
  return `${JSON.stringify({ rows, sha256: hash("sha256", lines) })}\n`;
}

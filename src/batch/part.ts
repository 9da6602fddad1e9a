import { createHash, randomUUID } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import { MedembedError } from "../errors.ts";
import type { EmbeddedRow } from "./embed-row.ts";
import { writeFailed } from "./write-failed.ts";

/** The last line of a part: whoever finds another one there has no whole part. */
interface Seal {
  readonly rows: number;
  /** SHA-256 of the lines before. */
  readonly sha256: string;
}

/**
 * Writes embedded rows for somebody else to put where they belong. The file appears whole, in the place of one of that name
 * if there is one.
 * @throws MedembedError "write-failed"
 */
export async function writePart(path: string, rows: readonly EmbeddedRow[]): Promise<void> {
  const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  const seal = `${JSON.stringify({ rows: rows.length, sha256: hashOf(lines) } satisfies Seal)}\n`;
  const temporary = `${path}.${randomUUID()}`; // others may be at the same part
  try {
    const handle = await open(temporary, "wx");
    try {
      await handle.writeFile(lines + seal);
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
  const seal = `${JSON.stringify({ rows: rows.length, sha256: hashOf(lines) } satisfies Seal)}\n`;
  return text === lines + seal ? rows.map((row) => JSON.parse(row) as EmbeddedRow) : undefined;
}

function hashOf(lines: string): string {
  return createHash("sha256").update(lines).digest("hex");
}

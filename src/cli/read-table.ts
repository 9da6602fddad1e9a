import { readFile, stat } from "node:fs/promises";
import { CsvError } from "csv-parse";
import { parse } from "csv-parse/sync";
import { MedembedError } from "../errors.ts";

/** A million rows with long paths; a larger file is something else. */
const MAX_BYTES = 2 ** 28;

/** A line of a CSV file with a header. */
export interface TableLine {
  /** By column. */
  readonly cells: Readonly<Record<string, string>>;
  /** Where it stands in the file. */
  readonly line: number;
}

/** @throws MedembedError "not-found", "invalid-data" with the line */
export async function readTable(path: string): Promise<TableLine[]> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw new MedembedError("not-found", `there is no file ${path}`);
  if (found.size > MAX_BYTES) {
    throw new MedembedError("invalid-data", `${path} has ${found.size} bytes, at most ${MAX_BYTES} are read`);
  }
  return parseRecords(await readFile(path), path).map(({ record, info }) => ({ cells: record, line: info.lines }));
}

interface ParsedRecord {
  readonly record: Readonly<Record<string, string>>;
  readonly info: { readonly lines: number };
}

function parseRecords(bytes: Buffer, path: string): ParsedRecord[] {
  try {
    return parse(bytes, { columns: true, bom: true, info: true, skip_empty_lines: true }) as unknown as ParsedRecord[];
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    const { lines } = cause as unknown as { lines?: number };
    throw new MedembedError("invalid-data", `${path}, line ${lines ?? "?"} is no CSV: ${cause.code}`, { cause });
  }
}

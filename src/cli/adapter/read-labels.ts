import { readFile, stat } from "node:fs/promises";
import { CsvError } from "csv-parse";
import { parse } from "csv-parse/sync";
import type { LabelRow } from "../../applications/join-labels.ts";
import { MedembedError } from "../../errors.ts";

/** A million rows with long paths; a larger file is something else. */
const MAX_BYTES = 2 ** 28;

/**
 * The lines of a CSV file with a header that names at least `id` and `label`.
 * @throws MedembedError "not-found", "invalid-data" with the line
 */
export async function readLabels(path: string): Promise<LabelRow[]> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw new MedembedError("not-found", `there is no file ${path}`);
  if (found.size > MAX_BYTES) {
    throw new MedembedError("invalid-data", `${path} has ${found.size} bytes, at most ${MAX_BYTES} are read`);
  }
  const records = parseRecords(await readFile(path), path);
  const columns = Object.keys(records[0]?.record ?? {});
  for (const needed of ["id", "label"]) {
    if (columns.includes(needed)) continue;
    throw new MedembedError(
      "invalid-data",
      `${path} needs a header with the columns id and label, and at least one line`,
    );
  }
  return records.map(({ record, info }) => ({
    id: record.id,
    label: record.label.trim(),
    group: record.group?.trim(),
    split: record.split?.trim(),
    line: info.lines,
    cells: record,
  }));
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

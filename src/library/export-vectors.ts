import { writerOf } from "../vector-files/vector-file.ts";
import { columnsOf, LABEL_PREFIX } from "./columns-of.ts";
import type { Filter } from "./filter.ts";
import type { Library } from "./library.ts";
import { COLUMNS } from "./record.ts";

/** What stands beside every vector, so that it is known what it compares with. */
const SPACE_COLUMNS = { kind: "text", model: "text", weights: "text", profile: "text" } as const;

/**
 * Writes records with their vectors to a file, one column for each fact and each label; `importVectors` reads it again.
 * @param path ends in .jsonl, .csv, .npy, .parquet or .arrow; undefined writes JSON lines to standard output
 * @returns how many there were
 * @throws MedembedError "usage" for another ending, "write-failed"
 */
export async function exportVectors(library: Library, path: string | undefined, where: Filter = []): Promise<number> {
  const { dimensions, model, weights, profile } = library.head;
  const open = writerOf(path);
  const labelNames = (await library.labelNames(where)).map((name) => `${LABEL_PREFIX}${name}`);
  const labelColumns = Object.fromEntries(labelNames.map((name) => [name, "text" as const]));
  const writer = await open({ columns: { ...COLUMNS, ...labelColumns, ...SPACE_COLUMNS }, dimensions });
  let count = 0;
  try {
    for await (const { vector, ...record } of library.vectors(where)) {
      const kind = record.slices === undefined ? "image" : "volume";
      const columns = { ...columnsOf(record), kind, model, weights, profile };
      await writer.write(columns, vector);
      count++;
    }
  } finally {
    await writer.close();
  }
  return count;
}

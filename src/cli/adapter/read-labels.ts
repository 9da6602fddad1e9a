import type { LabelRow } from "../../applications/join-labels.ts";
import { MedembedError } from "../../errors.ts";
import { readTable } from "../read-table.ts";

/**
 * The lines of a CSV file with a header that names at least `id` and `label`.
 * @throws MedembedError "not-found", "invalid-data" with the line
 */
export async function readLabels(path: string): Promise<LabelRow[]> {
  const lines = await readTable(path);
  const columns = Object.keys(lines[0]?.cells ?? {});
  for (const needed of ["id", "label"]) {
    if (columns.includes(needed)) continue;
    throw new MedembedError(
      "invalid-data",
      `${path} needs a header with the columns id and label, and at least one line`,
    );
  }
  return lines.map(({ cells, line }) => ({
    id: cells.id,
    label: cells.label.trim(),
    group: cells.group?.trim(),
    split: cells.split?.trim(),
    line,
    cells,
  }));
}

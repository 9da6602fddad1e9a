import type { Columns } from "../vector-files/vector-file.ts";
import { type PartOfRecord, toColumns } from "./record.ts";

/** How the columns of labels are called, as in filters. */
export const LABEL_PREFIX = "label.";

/** What is known of a record, by the names that conditions have for it. */
export function columnsOf(record: PartOfRecord): Columns {
  const labels = Object.entries(record.labels).map(([name, value]) => [`${LABEL_PREFIX}${name}`, value]);
  return { ...toColumns(record), ...Object.fromEntries(labels) };
}

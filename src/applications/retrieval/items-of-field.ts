import { takeRows } from "../matrix.ts";
import { type DescribedVectors, patientGroups } from "../vector-set.ts";
import type { RetrievalItems } from "./rank-gallery.ts";

/** Vectors that can be looked for, or found, by what they have in common. */
export interface FieldItems {
  readonly items: RetrievalItems;
  /** The different values, sorted: `labels` of the items are places in them. */
  readonly names: readonly string[];
}

/** The vectors beside which a field stands; it is their label, and patients are their groups. */
export function itemsOfField(set: DescribedVectors, field: string): FieldItems {
  const values = set.columns.map((columns) => String(columns[field] ?? ""));
  const rows = [...values.keys()].filter((row) => values[row] !== "");
  const names = [...new Set(rows.map((row) => values[row]))].sort();
  const groups = patientGroups(set);
  return {
    items: {
      ids: rows.map((row) => set.ids[row]),
      vectors: takeRows(set.vectors, rows),
      labels: Int32Array.from(rows, (row) => names.indexOf(values[row])),
      groups: rows.map((row) => groups[row]),
    },
    names,
  };
}

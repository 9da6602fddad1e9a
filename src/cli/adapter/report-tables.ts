import {
  CLASSIFIER_FIGURES,
  type ClassifierFigure,
  type ClassifierReport,
} from "../../applications/evaluate-classifier.ts";
import type { Estimate } from "../../applications/metrics/bootstrap.ts";
import type { Subgroup } from "../../applications/subgroups.ts";

/** Lines of cells, the first ones to the left and all others to the right. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join("  ");
  return rows.map((row) => `${line(row).trimEnd()}\n`).join("");
}

/** Those that fit on a line; JSON has all. */
const FIGURES = [
  "area",
  "averagePrecision",
  "balancedAccuracy",
  "macroF1",
  "calibrationError",
] as const satisfies ClassifierFigure[];

/** One head a line. */
export function headTable(reports: Readonly<Record<string, ClassifierReport>>): string {
  return formatTable([
    ["head", ...FIGURES.map((figure) => CLASSIFIER_FIGURES[figure])],
    ...Object.entries(reports).map(([head, { figures }]) => [
      head,
      ...FIGURES.map((figure) => interval(figures[figure])),
    ]),
  ]);
}

/** One class a line, with the row of the confusion matrix. */
export function classTable({ perClass, confusion }: ClassifierReport): string {
  return formatTable([
    ["label", "rows", "precision", "recall", "F1", "AUC", ...perClass.map((_, name) => `→ ${name + 1}`)],
    ...perClass.map(({ label, support, precision, recall, f1, area }, name) => [
      `${name + 1} ${label}`,
      String(support),
      ...[precision, recall, f1].map(digits),
      interval(area),
      ...confusion[name].map(String),
    ]),
  ]);
}

/** More names are not read. */
const NAMES_TOLD = 5;

/** Tells of classes that no row shows: some figures leave them out, others count them as missed. */
export function tellUnseen({ perClass }: ClassifierReport): void {
  const unseen = perClass.filter(({ support }) => support === 0).map(({ label }) => `"${label}"`);
  if (unseen.length === 0) return;
  const more = unseen.length > NAMES_TOLD ? ` and ${unseen.length - NAMES_TOLD} more` : "";
  console.error(
    `note: no row is ${unseen.slice(0, NAMES_TOLD).join(", ")}${more}: they have no AUC and are not in the means, but count as 0 in macro F1`,
  );
}

/** One subgroup a line: the figure, and its gap to the others. */
export function subgroupTable(column: string, subgroups: readonly Subgroup<ClassifierFigure>[]): string {
  const shown = ["area", "balancedAccuracy"] as const;
  return formatTable([
    [column, "rows", "groups", ...shown.flatMap((figure) => [CLASSIFIER_FIGURES[figure], "gap to others"])],
    ...subgroups.map(({ value, rows, groups, figures }) => [
      value,
      String(rows),
      String(groups),
      ...shown.flatMap((figure) => [interval(figures[figure].own), interval(figures[figure].gap)]),
    ]),
  ]);
}

/** E.g. "0.951 (0.932 to 0.968)"; "-" for what is not defined. */
export function interval({ value, low, high }: Estimate): string {
  return Number.isNaN(value) ? "-" : `${digits(value)} (${digits(low)} to ${digits(high)})`;
}

export function digits(value: number): string {
  return Number.isNaN(value) ? "-" : value.toFixed(3);
}

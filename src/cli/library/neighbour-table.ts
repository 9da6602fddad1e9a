import type { GroupedMatch } from "../../library/group-duplicates.ts";

/** Of a series' hash: enough to see what belongs together. */
const SERIES_DIGITS = 8;

interface Column {
  readonly title: string;
  readonly show: (match: GroupedMatch, index: number) => string | undefined;
}

const COLUMNS: readonly Column[] = [
  { title: "#", show: (_, index) => String(index + 1) },
  { title: "score", show: ({ score }) => score.toFixed(4) },
  { title: "modality", show: ({ record }) => record.facts.modality },
  { title: "anatomy", show: ({ record }) => record.facts.bodyPart },
  { title: "path", show: ({ record }) => record.source },
  { title: "series", show: ({ record }) => record.facts.series?.slice(0, SERIES_DIGITS) },
];
const DUPLICATES: Column = {
  title: "near duplicates",
  show: ({ duplicates }) => (duplicates.length > 0 ? `+${duplicates.length}` : undefined),
};

/** For people: a line each, columns below one another. */
export function neighbourTable(matches: readonly GroupedMatch[]): string {
  const columns = matches.some(({ duplicates }) => duplicates.length > 0) ? [...COLUMNS, DUPLICATES] : COLUMNS;
  const rows = [
    columns.map(({ title }) => title),
    ...matches.map((match, i) => columns.map(({ show }) => show(match, i) ?? "-")),
  ];
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]))
      .join("  ")
      .trimEnd();
  return rows.map((row) => `${line(row)}\n`).join("");
}

import type { Match } from "../../library/search.ts";

/** The columns of the table of neighbours. */
const COLUMNS: readonly { readonly title: string; readonly show: (match: Match, index: number) => string }[] = [
  { title: "#", show: (_, index) => String(index + 1) },
  { title: "score", show: ({ score }) => score.toFixed(4) },
  { title: "modality", show: ({ record }) => record.facts.modality ?? "-" },
  { title: "anatomy", show: ({ record }) => record.facts.bodyPart ?? "-" },
  { title: "path", show: ({ record }) => record.source },
  { title: "series", show: ({ record }) => record.facts.series ?? "-" },
];

/** For people: a line each, columns below one another. */
export function neighbourTable(matches: readonly Match[]): string {
  const rows = [
    COLUMNS.map(({ title }) => title),
    ...matches.map((match, i) => COLUMNS.map(({ show }) => show(match, i))),
  ];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i]))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

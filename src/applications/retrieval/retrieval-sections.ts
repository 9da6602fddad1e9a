import { barPlot } from "../../reports/bar-plot.ts";
import { digits, withInterval } from "../../reports/digits.ts";
import type { Section } from "../../reports/page.ts";
import { table } from "../../reports/table.ts";
import { RETRIEVAL_FIGURES, type RetrievalFigure, type RetrievalReport } from "./evaluate-retrieval.ts";

/** By the way of searching. */
export type RetrievalReports = Readonly<Record<string, RetrievalReport>>;

const FIGURES = Object.keys(RETRIEVAL_FIGURES) as RetrievalFigure[];
const MEANS = ["macro", "micro"] as const;

/** All figures, precision as bars side by side, and precision for each label. @param labels in the order of their numbers */
export function retrievalSections(reports: RetrievalReports, labels: readonly string[]): Section[] {
  const methods = Object.entries(reports);
  const rows = methods.flatMap(([method, { atRanks }]) =>
    atRanks.flatMap(({ k, figures }) =>
      MEANS.map((mean) => [method, k, mean, ...FIGURES.map((figure) => withInterval(figures[figure][mean]))]),
    ),
  );
  const ranks = methods[0][1].atRanks.map(({ k }) => k);
  const bars = ranks.flatMap((k, i) =>
    methods.map(([method, { atRanks }]) => ({ name: `P@${k}`, kind: method, ...atRanks[i].figures.precision.macro })),
  );
  return [
    {
      title: "Figures",
      about:
        "Macro is the mean over the labels, micro over the queries. Below each figure its 95 % interval: whole groups of queries, such as patients, were drawn with replacement.",
      parts: [table({ head: ["", "k", "mean", ...FIGURES.map((figure) => RETRIEVAL_FIGURES[figure].name)], rows })],
    },
    {
      title: "Precision",
      about: "The share of the first k items that have the query's label, as a mean over the labels.",
      parts: [barPlot({ title: "P@k", label: "P@k, macro", range: [0, 1], bars })],
    },
    {
      title: "Labels",
      parts: methods.map(([method, { atRanks }]) =>
        table({
          caption: method,
          head: ["", ...ranks.map((k) => `P@${k}`)],
          rows: labels.map((label, i) => [
            label,
            ...atRanks.map(({ figures }) => digits(figures.precision.perLabel[i])),
          ]),
        }),
      ),
    },
  ];
}

/** All figures as records: method, k, figure, mean, label, value and interval. */
export function retrievalRecords(reports: RetrievalReports, labels: readonly string[]): string[][] {
  const cell = (value: number) => (Number.isNaN(value) ? "" : String(value));
  return [
    ["method", "k", "figure", "mean", "label", "value", "low", "high"],
    ...Object.entries(reports).flatMap(([method, { atRanks }]) =>
      atRanks.flatMap(({ k, figures }) =>
        FIGURES.flatMap((figure) => [
          ...MEANS.map((mean) => {
            const { value, low, high } = figures[figure][mean];
            return [method, String(k), figure, mean, "", ...[value, low, high].map(cell)];
          }),
          ...figures[figure].perLabel.map((value, i) => [
            method,
            String(k),
            figure,
            "",
            labels[i],
            cell(value),
            "",
            "",
          ]),
        ]),
      ),
    ),
  ];
}

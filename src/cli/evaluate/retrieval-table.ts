import { RETRIEVAL_FIGURES, type RetrievalFigure } from "../../applications/retrieval/evaluate-retrieval.ts";
import type { RetrievalReports } from "../../applications/retrieval/retrieval-sections.ts";
import { formatTable, interval } from "../adapter/report-tables.ts";

const FIGURES = Object.keys(RETRIEVAL_FIGURES) as RetrievalFigure[];

/** A line for each way of searching, k and mean. */
export function retrievalTable(reports: RetrievalReports): string {
  return formatTable([
    ["search", "k", "mean", ...FIGURES.map((figure) => RETRIEVAL_FIGURES[figure].name)],
    ...Object.entries(reports).flatMap(([method, { atRanks }]) =>
      atRanks.flatMap(({ k, figures }) =>
        (["macro", "micro"] as const).map((mean) => [
          method,
          String(k),
          mean,
          ...FIGURES.map((figure) => interval(figures[figure][mean])),
        ]),
      ),
    ),
  ]);
}

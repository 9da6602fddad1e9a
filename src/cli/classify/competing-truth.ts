import { answerSections, classifierRecords, comparisonSection } from "../../applications/classifier-sections.ts";
import {
  CLASSIFIER_FIGURES,
  type ClassifierFigure,
  type ClassifierReport,
  evaluateClassifier,
} from "../../applications/evaluate-classifier.ts";
import { requireKnown } from "../../applications/join-labels.ts";
import { argmaxRows, softmaxRows } from "../../applications/matrix.ts";
import { readLabels } from "../adapter/read-labels.ts";
import { classTable, formatTable, interval, tellUnseen } from "../adapter/report-tables.ts";
import { CLASSIFIER_NAME, type TruthTable } from "./truth.ts";

/**
 * The truth of labels that compete: a picture shows one of them.
 * @param path a CSV file with the columns id and label, and group if there is one
 * @throws MedembedError "invalid-data" for a label that is none of `names`
 */
export async function readCompetingTruth(path: string, names: readonly string[]): Promise<TruthTable> {
  const lines = await readLabels(path);
  for (const line of lines) if (line.label !== "") requireKnown(line, names); // now, not after the work
  return {
    lines,
    classes: names,
    tell: ({ label }) => label,
    measure: ({ ids, vectors: logits, labels, groups }, bootstrap) => {
      const truths = { labels, groups };
      const report = evaluateClassifier(logits, truths, names, bootstrap);
      tellUnseen(report);
      const [guesses, { columns, values }] = [argmaxRows(logits), softmaxRows(logits)];
      const sureness = (row: number) => values[row * columns + guesses[row]];
      return {
        report,
        table: reportTable(report),
        sections: [
          comparisonSection({ [CLASSIFIER_NAME]: report }),
          ...answerSections({ report, logits, truths, labels: names, points: [] }),
        ],
        records: classifierRecords({ [CLASSIFIER_NAME]: report }, CLASSIFIER_NAME, []),
        mistakes: new Map(ids.map((id, row) => [id, guesses[row] === labels[row] ? 0 : sureness(row)])),
      };
    },
  };
}

/** All figures, then the classes with the confusion matrix. */
function reportTable(report: ClassifierReport): string {
  const figures = Object.entries(CLASSIFIER_FIGURES) as [ClassifierFigure, string][];
  const table = formatTable(figures.map(([figure, name]) => [name, interval(report.figures[figure])]));
  const head = `${report.rows} pictures of ${report.groups} groups, in brackets 95 % intervals over groups`;
  return `${head}\n\n${table}\n${classTable(report)}`;
}

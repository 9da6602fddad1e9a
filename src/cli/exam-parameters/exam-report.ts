import type { ExamFigures } from "../../applications/exam-parameters/fit-exam-predictor.ts";
import { NUMBER_TARGETS, type NumberTarget, type Scale } from "../../applications/exam-parameters/targets.ts";
import { barPlot } from "../../reports/bar-plot.ts";
import { confusionPlot } from "../../reports/confusion-plot.ts";
import { digits } from "../../reports/digits.ts";
import { reportPage, type Section } from "../../reports/page.ts";
import { table } from "../../reports/table.ts";
import { describeSpace, type VectorSpace } from "../../vector-space.ts";
import type { Report } from "../report-files.ts";

/** A page with what headers leave out and how well the neighbours tell it. */
export function examReport(figures: ExamFigures, space: VectorSpace): Report {
  const { examples, labels, numbers } = figures;
  const told = Object.entries({ ...labels, ...numbers });
  const page = reportPage({
    title: "Exam parameters",
    about: [countsOf(figures), `Vectors of ${describeSpace(space)}`],
    sections: [
      {
        title: "Headers",
        parts: [
          barPlot({
            title: "What headers tell",
            label: "share of the examples",
            bars: told.flatMap(([name, { rows }]) => [
              { name, kind: "told", value: rows / examples },
              { name, kind: "missing", value: 1 - rows / examples },
            ]),
            range: [0, 1],
          }),
        ],
      },
      ...Object.entries(labels).map(([name, own]): Section => {
        const answered = `${Math.round(own.coverage * own.rows)} of ${own.rows} got an answer`;
        return {
          title: name,
          about: `${answered}; of these the accuracy is ${digits(own.accuracy)}, the balanced accuracy ${digits(own.balancedAccuracy)}.`,
          parts: [
            confusionPlot({
              title: "Header against neighbours",
              labels: own.values,
              counts: own.confusion.map((row) => row.slice(0, -1)),
            }),
          ],
        };
      }),
      ...(Object.keys(numbers).length > 0 ? [numberSection(numbers)] : []),
    ],
  });
  return { page, figures, records: recordsOf(figures) };
}

export function countsOf({ examples, patients }: ExamFigures): string {
  return `${examples} examples of ${patients} patients, each patient left out once`;
}

/** How far off: on a logarithmic scale a factor. */
export function stepOf(step: number | undefined, scale: Scale): string {
  if (step === undefined || Number.isNaN(step)) return "-";
  return scale === "log" ? `×÷ ${Math.exp(step).toFixed(2)}` : `± ${step.toFixed(3)}`;
}

function numberSection(numbers: ExamFigures["numbers"]): Section {
  const rows = Object.entries(numbers).map(([name, own]) => [
    `${name}, ${NUMBER_TARGETS[name as NumberTarget].unit}`,
    own.rows,
    digits(own.coverage),
    stepOf(own.error, own.scale),
    stepOf(own.spread, own.scale),
    digits(own.intervalCoverage),
  ]);
  return {
    title: "Numbers",
    about: "The mean error, the interval, and the share of true values in the interval that the other patients give.",
    parts: [table({ head: ["number", "rows", "answered", "error", "interval", "true values in it"], rows })],
  };
}

function recordsOf({ labels, numbers }: ExamFigures): string[][] {
  const head = ["target", "rows", "coverage", "accuracy", "balancedAccuracy", "error", "spread", "intervalCoverage"];
  const cells = (values: readonly (number | undefined)[]) => values.map((value) => String(value ?? ""));
  return [
    head,
    ...Object.entries(labels).map(([name, own]) => [
      name,
      ...cells([own.rows, own.coverage, own.accuracy, own.balancedAccuracy, undefined, undefined, undefined]),
    ]),
    ...Object.entries(numbers).map(([name, own]) => [
      name,
      ...cells([own.rows, own.coverage, undefined, undefined, own.error, own.spread, own.intervalCoverage]),
    ]),
  ];
}

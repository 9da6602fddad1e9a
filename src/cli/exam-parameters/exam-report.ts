import type { ExamFigures } from "../../applications/exam-parameters/measure-exam-predictor.ts";
import { NUMBER_TARGETS, type NumberTarget, type Scale } from "../../applications/exam-parameters/targets.ts";
import type { Estimate } from "../../applications/metrics/bootstrap.ts";
import { barPlot } from "../../reports/bar-plot.ts";
import { confusionPlot } from "../../reports/confusion-plot.ts";
import { withInterval } from "../../reports/digits.ts";
import { type Markup, markup } from "../../reports/markup.ts";
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
      ...(Object.keys(labels).length > 0 ? [labelSection(labels)] : []),
      ...Object.entries(labels).map(
        ([name, own]): Section => ({
          title: name,
          about: `${Math.round(own.coverage.value * own.rows)} of ${own.rows} got an answer.`,
          parts: [
            confusionPlot({
              title: "Header against neighbours",
              labels: own.values,
              counts: own.confusion.map((row) => row.slice(0, -1)),
            }),
          ],
        }),
      ),
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
  return `${scale === "log" ? "×÷" : "±"} ${sizeOf(step, scale)}`;
}

/** Of a step. */
export function sizeOf(step: number, scale: Scale): string {
  return scale === "log" ? Math.exp(step).toFixed(2) : step.toFixed(3);
}

/** What all figures of the page say of their intervals. */
const INTERVALS = "Below each figure its 95 % interval: whole patients were drawn with replacement.";

function labelSection(labels: ExamFigures["labels"]): Section {
  const rows = Object.entries(labels).map(([name, { rows, coverage, accuracy, balancedAccuracy }]) => [
    name,
    rows,
    ...[coverage, accuracy, balancedAccuracy].map(withInterval),
  ]);
  return {
    title: "Labels",
    about: `The share that got an answer, and how many of the answers are what the header says. ${INTERVALS}`,
    parts: [table({ head: ["label", "rows", "answered", "accuracy", "balanced accuracy"], rows })],
  };
}

function stepWithInterval({ value, low, high }: Estimate, scale: Scale): Markup {
  return markup`${stepOf(value, scale)}${!Number.isNaN(value) && markup`<small>${sizeOf(low, scale)} to ${sizeOf(high, scale)}</small>`}`;
}

function numberSection(numbers: ExamFigures["numbers"]): Section {
  const rows = Object.entries(numbers).map(([name, own]) => [
    `${name}, ${NUMBER_TARGETS[name as NumberTarget].unit}`,
    own.rows,
    withInterval(own.coverage),
    stepWithInterval(own.error, own.scale),
    stepOf(own.spread, own.scale),
    withInterval(own.intervalCoverage),
  ]);
  return {
    title: "Numbers",
    about: `The mean error, the interval, and the share of true values in the interval that the other patients give. ${INTERVALS}`,
    parts: [table({ head: ["number", "rows", "answered", "error", "interval", "true values in it"], rows })],
  };
}

function recordsOf({ labels, numbers }: ExamFigures): string[][] {
  const cell = (value = Number.NaN) => (Number.isNaN(value) ? "" : String(value));
  const line = (target: string, figure: string, { value, low, high }: Partial<Estimate>) => [
    target,
    figure,
    ...[value, low, high].map(cell),
  ];
  return [
    ["target", "figure", "value", "low", "high"],
    ...Object.entries(labels).flatMap(([name, { rows, coverage, accuracy, balancedAccuracy }]) => [
      line(name, "rows", { value: rows }),
      ...Object.entries({ coverage, accuracy, balancedAccuracy }).map(([figure, own]) => line(name, figure, own)),
    ]),
    ...Object.entries(numbers).flatMap(([name, { rows, spread, coverage, error, intervalCoverage }]) => [
      line(name, "rows", { value: rows }),
      ...Object.entries({ coverage, error, intervalCoverage }).map(([figure, own]) => line(name, figure, own)),
      ...(spread === undefined ? [] : [line(name, "spread", { value: spread })]),
    ]),
  ];
}

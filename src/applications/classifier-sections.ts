import { barPlot } from "../reports/bar-plot.ts";
import { calibrationPlot } from "../reports/calibration-plot.ts";
import { confusionPlot } from "../reports/confusion-plot.ts";
import { digits, withInterval } from "../reports/digits.ts";
import { histogramPlot } from "../reports/histogram-plot.ts";
import type { Markup } from "../reports/markup.ts";
import type { Section } from "../reports/page.ts";
import { precisionRecallPlot, rocPlot } from "../reports/roc-plot.ts";
import { table } from "../reports/table.ts";
import {
  CLASSIFIER_FIGURES,
  type ClassifierFigure,
  type ClassifierReport,
  type Truths,
} from "./evaluate-classifier.ts";
import { argmaxRows, logOddsRows, type Matrix, softmaxRows } from "./matrix.ts";
import type { Estimate } from "./metrics/bootstrap.ts";
import { calibrationCurve } from "./metrics/calibration.ts";
import { averagePrecision, precisionRecallCurve } from "./metrics/precision-recall.ts";
import { type CutCounts, countCuts, rankClasses } from "./metrics/ranking.ts";
import { areaUnderCurve, rocCurve } from "./metrics/roc.ts";
import type { ThresholdFigures } from "./operating-points/thresholds.ts";
import type { Subgroup } from "./subgroups.ts";

/** Answers to be shown, with what is known of them. */
export interface MeasuredAnswers {
  /** [rows, classes], calibrated: their softmax is what the classifier answers */
  readonly logits: Matrix;
  readonly truths: Truths;
  readonly labels: readonly string[];
  readonly report: ClassifierReport;
  /** Thresholds on the probabilities, and what they do to these rows. */
  readonly points: readonly MeasuredThreshold[];
}

export interface MeasuredThreshold {
  readonly label: string;
  /** How it was chosen. */
  readonly point: string;
  readonly threshold: number;
  readonly figures: Readonly<Record<keyof ThresholdFigures, Estimate>>;
}

/** Classifiers side by side on the same rows. @param reports by name */
export function comparisonSection(reports: Readonly<Record<string, ClassifierReport>>): Section {
  const names = Object.keys(CLASSIFIER_FIGURES) as ClassifierFigure[];
  const all = Object.entries(reports);
  return {
    title: "Figures",
    about: "Below each figure its 95 % interval: whole groups, such as patients, were drawn with replacement.",
    parts: [
      table({
        head: ["", ...names.map((name) => CLASSIFIER_FIGURES[name])],
        rows: all.map(([head, { figures }]) => [head, ...names.map((name) => withInterval(figures[name]))]),
      }),
      ...(all.length < 2
        ? []
        : (["area", "balancedAccuracy"] as const).map((name) =>
            barPlot({
              title: CLASSIFIER_FIGURES[name],
              label: CLASSIFIER_FIGURES[name],
              range: [0, 1],
              bars: all.map(([head, { figures }]) => ({ name: head, ...figures[name] })),
            }),
          )),
    ],
  };
}

/** Confusion, curves with the chosen thresholds, scores and calibration of one classifier. */
export function answerSections(answers: MeasuredAnswers): Section[] {
  return [classesSection(answers), curvesSection(answers), scoresSection(answers), calibrationSection(answers)];
}

function classesSection({ labels, report: { confusion, perClass } }: MeasuredAnswers): Section {
  return {
    title: "Classes",
    parts: [
      confusionPlot({ title: "Confusion matrix", labels, counts: confusion }),
      table({
        caption: "Per class",
        head: ["", "rows", "precision", "recall", "F1", "AUC against the rest"],
        rows: perClass.map(({ label, support, precision, recall, f1, area }) => [
          label,
          support,
          ...[precision, recall, f1].map(digits),
          withInterval(area),
        ]),
      }),
    ],
  };
}

function curvesSection({ logits, truths, labels, points }: MeasuredAnswers): Section {
  // By log odds, which order as probabilities do, also where these are rounded to 1.
  const ranked = rankClasses(logOddsRows(logits), truths.labels);
  const curves = labels.map((name, i) => ({ name, cuts: countCuts(ranked[i]) }));
  return {
    title: "Curves and thresholds",
    about: "Each class against all others; marks are the chosen thresholds.",
    parts: [...curvePlots(curves, points), ...(points.length > 0 ? [pointsTable(points)] : [])],
  };
}

/**
 * ROC and precision-recall curves with thresholds on them. What all rows show, or none, has no curve.
 * @param points each on the curve of its label
 */
export function curvePlots(
  curves: readonly { readonly name: string; readonly cuts: CutCounts }[],
  points: readonly Pick<MeasuredThreshold, "label" | "point" | "figures">[],
): Markup[] {
  const shown = curves.filter(({ cuts }) => cuts.positives > 0 && cuts.negatives > 0);
  const marks = points.map(({ label, point, figures }) => ({
    name: point,
    curve: label,
    sensitivity: figures.sensitivity.value,
    specificity: figures.specificity.value,
    precision: figures.positivePredictiveValue.value,
    recall: figures.sensitivity.value,
  }));
  const defined = marks.filter((mark) => !Number.isNaN(mark.sensitivity + mark.specificity));
  return [
    rocPlot({
      title: "ROC",
      curves: shown.map(({ name, cuts }) => ({ name, ...rocCurve(cuts), area: areaUnderCurve(cuts) })),
      points: defined,
    }),
    precisionRecallPlot({
      title: "Precision and recall",
      curves: shown.map(({ name, cuts }) => ({
        name,
        ...precisionRecallCurve(cuts),
        averagePrecision: averagePrecision(cuts),
      })),
      points: defined.filter(({ precision }) => !Number.isNaN(precision)),
    }),
  ];
}

function pointsTable(points: readonly MeasuredThreshold[]) {
  return table({
    caption: "Thresholds on these rows",
    head: ["label: point", "threshold", "sensitivity", "specificity", "PPV", "NPV"],
    rows: points.map(({ label, point, threshold, figures }) => [
      `${label}: ${point}`,
      digits(threshold),
      withInterval(figures.sensitivity),
      withInterval(figures.specificity),
      withInterval(figures.positivePredictiveValue),
      withInterval(figures.negativePredictiveValue),
    ]),
  });
}

function scoresSection({ logits, truths, labels, points }: MeasuredAnswers): Section {
  const { rows, columns, values } = softmaxRows(logits);
  return {
    title: "Scores",
    about: "What probability each class got, where it was the truth and where it was not.",
    parts: labels.map((label, name) => {
      const scoresOf = (isTrue: boolean) =>
        Float64Array.from({ length: rows }, (_, row) => values[row * columns + name]).filter(
          (_, row) => (truths.labels[row] === name) === isTrue,
        );
      return histogramPlot({
        title: label,
        label: "probability",
        range: [0, 1],
        classes: [
          { name: "others", scores: scoresOf(false) },
          { name: label, scores: scoresOf(true) },
        ],
        thresholds: points
          .filter((point) => point.label === label)
          .map(({ point, threshold }) => ({ name: point, value: threshold })),
      });
    }),
  };
}

function calibrationSection({ logits, truths }: MeasuredAnswers): Section {
  const { columns, values } = softmaxRows(logits);
  const guesses = argmaxRows(logits);
  const confidences = Float64Array.from(guesses, (guess, row) => values[row * columns + guess]);
  const isRight = Uint8Array.from(guesses, (guess, row) => Number(guess === truths.labels[row]));
  return {
    title: "Calibration",
    about: "How often the most probable class was right, for how sure it was said to be.",
    parts: [calibrationPlot({ title: "Reliability of the guess", bins: calibrationCurve(confidences, isRight) })],
  };
}

/** The figures of subgroups by a column, and how far each is from the rest. */
export function subgroupSection(column: string, subgroups: readonly Subgroup<ClassifierFigure>[]): Section {
  const shown = ["area", "balancedAccuracy"] as const;
  return {
    title: `By ${column}`,
    parts: [
      ...shown.map((figure) =>
        barPlot({
          title: `${CLASSIFIER_FIGURES[figure]} by ${column}`,
          label: CLASSIFIER_FIGURES[figure],
          range: [0, 1],
          bars: subgroups.map(({ value, figures }) => ({ name: value, ...figures[figure].own })),
        }),
      ),
      table({
        head: [column, "rows", "groups", ...shown.map((figure) => `${CLASSIFIER_FIGURES[figure]}: gap to others`)],
        rows: subgroups.map(({ value, rows, groups, figures }) => [
          value,
          rows,
          groups,
          ...shown.map((figure) => withInterval(figures[figure].gap)),
        ]),
      }),
    ],
  };
}

/** The columns of a table of figures. */
export const FIGURE_RECORD = ["classifier", "label", "point", "figure", "value", "low", "high"] as const;

/** The last three of them; empty for what is not defined. */
export function estimateCells({ value, low, high }: Estimate): string[] {
  return [value, low, high].map((end) => (Number.isNaN(end) ? "" : String(end)));
}

/** All figures of classifiers as records: which one, of which label and threshold, which figure, its value and interval. @param reports by name */
export function classifierRecords(
  reports: Readonly<Record<string, ClassifierReport>>,
  kept: string,
  points: readonly MeasuredThreshold[],
): string[][] {
  return [
    [...FIGURE_RECORD],
    ...Object.entries(reports).flatMap(([head, { figures, perClass }]) => [
      ...Object.entries(figures).map(([figure, estimate]) => [head, "", "", figure, ...estimateCells(estimate)]),
      ...perClass.flatMap(({ label, area, support, precision, recall, f1 }) => [
        ...Object.entries({ support, precision, recall, f1 }).map(([figure, value]) => [
          head,
          label,
          "",
          figure,
          String(value),
          "",
          "",
        ]),
        [head, label, "", "area", ...estimateCells(area)],
      ]),
    ]),
    ...points.flatMap(({ label, point, threshold, figures }) => [
      [kept, label, point, "threshold", String(threshold), "", ""],
      ...Object.entries(figures).map(([figure, estimate]) => [kept, label, point, figure, ...estimateCells(estimate)]),
    ]),
  ];
}

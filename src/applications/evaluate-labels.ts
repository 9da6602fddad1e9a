import { MedembedError } from "../errors.ts";
import { type Matrix, sigmoidRows } from "./matrix.ts";
import { type BootstrapOptions, type Estimate, estimateEach } from "./metrics/bootstrap.ts";
import { brierScore, expectedCalibrationError } from "./metrics/calibration.ts";
import { averagePrecision } from "./metrics/precision-recall.ts";
import { countCuts, rankScores } from "./metrics/ranking.ts";
import { areaUnderCurve } from "./metrics/roc.ts";
import { meanOfDefined } from "./metrics/row-weights.ts";
import { figuresAt } from "./operating-points/thresholds.ts";

/** A label whose probability is above is called present: it is more likely than its absence. */
export const PRESENT_ABOVE = 0.5;

/** The figures of a label that is answered by itself, by name, with what they are for people. */
export const LABEL_FIGURES = {
  area: "AUC",
  averagePrecision: "AP",
  sensitivity: "sensitivity",
  specificity: "specificity",
  positivePredictiveValue: "PPV",
  negativePredictiveValue: "NPV",
  f1: "F1",
  prevalence: "prevalence",
  brier: "Brier score",
  calibrationError: "calibration error",
} as const;

export type LabelFigure = keyof typeof LABEL_FIGURES;
const FIGURES = Object.keys(LABEL_FIGURES) as LabelFigure[];

/** What rows show, of labels that do not exclude one another. */
export interface LabelTruths {
  /** [labels][rows]; undefined where nobody knows. */
  readonly isPresent: readonly (readonly (boolean | undefined)[])[];
  /** [rows], patients for example. */
  readonly groups: readonly string[];
}

export interface LabelReport {
  readonly label: string;
  /** Whose truth is known. */
  readonly rows: number;
  /** Of these, those that show it. */
  readonly present: number;
  /** NaN where a figure is not defined, as an area where all rows show the label. */
  readonly figures: Readonly<Record<LabelFigure, Estimate>>;
}

/** How well labels are answered, each by itself, with 95 % intervals over groups. */
export interface LabelsReport {
  readonly rows: number;
  readonly groups: number;
  /** The mean over the labels that have a value. */
  readonly macro: Readonly<Record<LabelFigure, Estimate>>;
  readonly perLabel: readonly LabelReport[];
}

/** Answers to one label, of the rows whose truth is known. */
export interface LabelAnswers {
  /** [known], row numbers. */
  readonly rows: readonly number[];
  /** [known]; orders as probabilities do, also where these are rounded to 1. */
  readonly logOdds: readonly number[];
  /** [known] */
  readonly probabilities: readonly number[];
  /** [known] */
  readonly isPresent: readonly boolean[];
}

/** @param logOdds [rows, labels], of presence against absence @returns [labels] */
export function answersByLabel(logOdds: Matrix, { isPresent }: LabelTruths): LabelAnswers[] {
  const probabilities = sigmoidRows(logOdds);
  return isPresent.map((truths, name) => {
    const rows = [...truths.keys()].filter((row) => truths[row] !== undefined);
    const of = ({ columns, values }: Matrix) => rows.map((row) => values[row * columns + name]);
    return {
      rows,
      logOdds: of(logOdds),
      probabilities: of(probabilities),
      isPresent: rows.map((row) => truths[row] === true),
    };
  });
}

/**
 * @param logOdds [rows, labels], of presence against absence: their sigmoid is what is answered
 * @throws MedembedError "invalid-data" without rows
 */
export function evaluateLabels(
  logOdds: Matrix,
  truths: LabelTruths,
  labels: readonly string[],
  bootstrap: BootstrapOptions,
): LabelsReport {
  if (logOdds.rows === 0) throw new MedembedError("invalid-data", "there are no rows to evaluate on");
  const answers = answersByLabel(logOdds, truths);
  const measures = answers.map(figuresOf);
  const nameOf = (name: number | "macro", figure: LabelFigure) => `${name} ${figure}`;
  const estimates = estimateEach(
    truths.groups,
    (weights) => {
      const each = measures.map((measure) => measure(weights));
      const macro = FIGURES.map((figure) => [
        nameOf("macro", figure),
        meanOfDefined(each.map((figures) => figures[figure])),
      ]);
      const own = each.flatMap((figures, name) => FIGURES.map((figure) => [nameOf(name, figure), figures[figure]]));
      return Object.fromEntries([...macro, ...own]) as Record<string, number>;
    },
    bootstrap,
  );
  const figuresFor = (name: number | "macro") =>
    Object.fromEntries(FIGURES.map((figure) => [figure, estimates[nameOf(name, figure)]])) as LabelReport["figures"];
  return {
    rows: logOdds.rows,
    groups: new Set(truths.groups).size,
    macro: figuresFor("macro"),
    perLabel: answers.map(({ rows, isPresent }, name) => ({
      label: labels[name],
      rows: rows.length,
      present: isPresent.filter(Boolean).length,
      figures: figuresFor(name),
    })),
  };
}

/** Every figure as a function of the weights of all rows. */
function figuresOf({ rows, logOdds, probabilities, isPresent }: LabelAnswers) {
  const ranked = rankScores(logOdds, isPresent);
  const called = rankScores(
    probabilities.map((probability) => Number(probability > PRESENT_ABOVE)),
    isPresent,
  );
  return (weights: Float64Array): Record<LabelFigure, number> => {
    const own = rows.map((row) => weights[row]);
    const cuts = countCuts(ranked, own);
    return {
      area: areaUnderCurve(cuts),
      averagePrecision: averagePrecision(cuts),
      ...figuresAt(1, countCuts(called, own)),
      brier: brierScore(probabilities, isPresent, own),
      calibrationError: expectedCalibrationError(probabilities, isPresent, { weights: own }),
    };
  };
}

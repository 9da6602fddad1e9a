import { MedembedError } from "../errors.ts";
import type { LabelledVectors } from "./labelled-vectors.ts";
import { argmaxRows, logOddsRows, type Matrix, softmaxRows } from "./matrix.ts";
import { type BootstrapOptions, type Estimate, estimateEach, type Figures } from "./metrics/bootstrap.ts";
import { multiclassBrierScore } from "./metrics/calibration.ts";
import {
  accuracy,
  balancedAccuracy,
  type ClassScores,
  classificationScores,
  confusionMatrix,
  matthewsCorrelation,
} from "./metrics/confusion.ts";
import { averagePrecision } from "./metrics/precision-recall.ts";
import { countCuts, type RankedScores, rankClasses } from "./metrics/ranking.ts";
import { areaUnderCurve } from "./metrics/roc.ts";
import { meanOfDefined } from "./metrics/row-weights.ts";
import { calibrationErrorOf } from "./metrics/statistics.ts";

/** The figures of a classifier, by name, with what they are for people. */
export const CLASSIFIER_FIGURES = {
  area: "mean AUC",
  averagePrecision: "mean AP",
  accuracy: "accuracy",
  balancedAccuracy: "balanced accuracy",
  macroF1: "macro F1",
  matthews: "MCC",
  brier: "Brier score",
  calibrationError: "calibration error",
} as const;

export type ClassifierFigure = keyof typeof CLASSIFIER_FIGURES;

export interface ClassReport extends ClassScores {
  readonly label: string;
  /** Against the rest. */
  readonly area: Estimate;
}

/** How well a classifier answers, each figure with its 95 % interval over groups. */
export interface ClassifierReport {
  readonly rows: number;
  /** Patients, for example. */
  readonly groups: number;
  readonly figures: Readonly<Record<ClassifierFigure, Estimate>>;
  readonly perClass: readonly ClassReport[];
  /** [true class][guessed class] */
  readonly confusion: readonly (readonly number[])[];
}

/** What scores are measured against. */
export type Truths = Pick<LabelledVectors, "labels" | "groups">;

/**
 * @param logits [rows, classes], calibrated: their softmax is what the classifier answers
 * @throws MedembedError "invalid-data" without rows
 */
export function evaluateClassifier(
  logits: Matrix,
  truths: Truths,
  labels: readonly string[],
  bootstrap: BootstrapOptions,
): ClassifierReport {
  if (logits.rows === 0) throw new MedembedError("invalid-data", "there are no rows to evaluate on");
  const { counts, classes } = confusionMatrix(truths.labels, argmaxRows(logits), labels.length);
  const { perClass } = classificationScores({ counts, classes });
  const ranked = rankByClass(logits, truths);
  const areas = estimateEach(
    truths.groups,
    (weights) => Object.fromEntries(ranked.map((one, name) => [name, areaUnderCurve(countCuts(one, weights))])),
    bootstrap,
  );
  return {
    rows: logits.rows,
    groups: new Set(truths.groups).size,
    figures: estimateEach(truths.groups, classifierFigures(logits, truths), bootstrap),
    perClass: perClass.map((scores, name) => ({ label: labels[name], ...scores, area: areas[name] })),
    confusion: labels.map((_, name) => Array.from(counts.subarray(name * classes, (name + 1) * classes))),
  };
}

/** Every figure as a function of row weights, for intervals and subgroups. @param logits [rows, classes], calibrated */
export function classifierFigures(logits: Matrix, { labels, groups }: Truths): Figures<ClassifierFigure> {
  const probabilities = softmaxRows(logits);
  const guesses = argmaxRows(logits);
  const ranked = rankByClass(logits, { labels, groups });
  const calibrationError = calibrationErrorOf(probabilities, labels);
  return (weights) => {
    const confusion = confusionMatrix(labels, guesses, logits.columns, weights);
    const cuts = ranked.map((one) => countCuts(one, weights));
    return {
      area: meanOfDefined(cuts.map(areaUnderCurve)),
      averagePrecision: meanOfDefined(cuts.map(averagePrecision)),
      accuracy: accuracy(confusion),
      balancedAccuracy: balancedAccuracy(confusion),
      macroF1: classificationScores(confusion).macro.f1,
      matthews: matthewsCorrelation(confusion),
      brier: multiclassBrierScore(probabilities, labels, weights),
      calibrationError: calibrationError(weights),
    };
  };
}

/** By log odds, which order as probabilities do, also where these are rounded to 1. */
function rankByClass(logits: Matrix, { labels }: Truths): RankedScores[] {
  return rankClasses(logOddsRows(logits), labels);
}

/** Metrics as functions of the row weights alone, as the bootstrap asks for them: what does not change is computed once. */
import { argmaxRows, type Matrix } from "../matrix.ts";
import type { Statistic } from "./bootstrap.ts";
import { expectedCalibrationError } from "./calibration.ts";
import { type ConfusionMatrix, confusionMatrix } from "./confusion.ts";
import { rankClasses } from "./ranking.ts";
import { meanAreaUnderCurve } from "./roc.ts";

/** Any figure of a confusion matrix. @param truths [rows] @param guesses [rows], class numbers */
export function ofGuesses(
  figure: (confusion: ConfusionMatrix) => number,
  truths: ArrayLike<number>,
  guesses: ArrayLike<number>,
  classes: number,
): Statistic {
  return (weights) => figure(confusionMatrix(truths, guesses, classes, weights));
}

/** @param scores [rows, classes] @param truths [rows], class numbers */
export function meanAreaOf(scores: Matrix, truths: ArrayLike<number>): Statistic {
  const ranked = rankClasses(scores, truths);
  return (weights) => meanAreaUnderCurve(ranked, weights);
}

/** Of the most probable class of each row. @param probabilities [rows, classes] @param truths [rows], class numbers */
export function calibrationErrorOf(probabilities: Matrix, truths: ArrayLike<number>): Statistic {
  const { columns, values } = probabilities;
  const guesses = argmaxRows(probabilities);
  const confidences = Float64Array.from(guesses, (guess, row) => values[row * columns + guess]);
  const isRight = Uint8Array.from(guesses, (guess, row) => Number(guess === truths[row]));
  return (weights) => expectedCalibrationError(confidences, isRight, { weights });
}

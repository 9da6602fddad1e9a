import type { Statistic } from "./bootstrap.ts";
import { argmaxRows, type Matrix } from "./matrix.ts";

/** As in Guo et al. 2017, "On calibration of modern neural networks". */
const BINS = 15;

/**
 * Expected calibration error: the mean gap between how sure the model is of its guess and how often it is right, in bins
 * of equal width.
 * @param probabilities [rows, classes] @param truths [rows]
 */
export function expectedCalibrationError(probabilities: Matrix, truths: ArrayLike<number>): Statistic {
  const guesses = argmaxRows(probabilities);
  const confidences = Float64Array.from(guesses, (guess, row) => at(probabilities, row, guess));
  return (weights) => {
    const gaps = new Float64Array(BINS); // (right - confidence), added up
    let total = 0;
    for (let row = 0; row < guesses.length; row++) {
      const bin = Math.min(BINS - 1, Math.floor(confidences[row] * BINS));
      gaps[bin] += weights[row] * (Number(guesses[row] === truths[row]) - confidences[row]);
      total += weights[row];
    }
    return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / total;
  };
}

function at({ columns, values }: Matrix, row: number, column: number): number {
  return values[row * columns + column];
}

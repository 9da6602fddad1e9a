import type { Matrix } from "../matrix.ts";
import { checkRange, checkSameLength } from "./check-rows.ts";
import { type RowWeights, weightedMean } from "./row-weights.ts";

/** As in Guo et al. 2017, "On calibration of modern neural networks". */
const BINS = 15;

/** What a bin of a calibration curve holds; the means are NaN for an empty one. */
export interface CalibrationBin {
  /** Its probabilities, from `low` to below `high`; 1 is in the last bin. */
  readonly low: number;
  readonly high: number;
  readonly count: number;
  readonly meanProbability: number;
  /** The share of its rows that were positive. */
  readonly observed: number;
}

/**
 * The mean squared error of probabilities of the positive class, from 0 (sure and right) to 1 (sure and wrong).
 * @param probabilities [rows] @param isPositive [rows]
 */
export function brierScore(
  probabilities: ArrayLike<number>,
  isPositive: ArrayLike<number | boolean>,
  weights?: RowWeights,
): number {
  checkProbabilities(probabilities, isPositive);
  const errors = new Float64Array(probabilities.length);
  for (let row = 0; row < errors.length; row++) errors[row] = (probabilities[row] - Number(isPositive[row])) ** 2;
  return weightedMean(errors, weights);
}

/**
 * Brier's own score: the squared errors of all classes added up, from 0 to 2. With two classes it is twice `brierScore`.
 * @param probabilities [rows, classes] @param truths [rows], class numbers
 */
export function multiclassBrierScore(
  { columns, values }: Matrix,
  truths: ArrayLike<number>,
  weights?: RowWeights,
): number {
  const errors = new Float64Array(truths.length);
  for (let i = 0; i < values.length; i++) {
    const row = Math.floor(i / columns);
    errors[row] += (values[i] - Number(truths[row] === i % columns)) ** 2;
  }
  return weightedMean(errors, weights);
}

/**
 * Expected calibration error: the mean gap between how sure a model is and how often it is right, in bins of equal width.
 * @param probabilities [rows], of the guess, or of the positive class
 * @param isRight [rows], whether the guess is right, or the row positive
 */
export function expectedCalibrationError(
  probabilities: ArrayLike<number>,
  isRight: ArrayLike<number | boolean>,
  { bins = BINS, weights }: { readonly bins?: number; readonly weights?: RowWeights | undefined } = {},
): number {
  checkProbabilities(probabilities, isRight);
  const gaps = new Float64Array(bins); // (right - probability), added up
  let total = 0;
  for (let row = 0; row < probabilities.length; row++) {
    const weight = weights ? weights[row] : 1;
    gaps[binOf(probabilities[row], bins)] += weight * (Number(isRight[row]) - probabilities[row]);
    total += weight;
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / total;
}

/** What a plot of observed against predicted shows, in bins of equal width. The arguments are those of the error. */
export function calibrationCurve(
  probabilities: ArrayLike<number>,
  isRight: ArrayLike<number | boolean>,
  bins = BINS,
): CalibrationBin[] {
  checkProbabilities(probabilities, isRight);
  const [counts, sums, rights] = [0, 1, 2].map(() => new Float64Array(bins));
  for (let row = 0; row < probabilities.length; row++) {
    const bin = binOf(probabilities[row], bins);
    counts[bin]++;
    sums[bin] += probabilities[row];
    rights[bin] += Number(isRight[row]);
  }
  return Array.from(counts, (count, bin) => ({
    low: bin / bins,
    high: (bin + 1) / bins,
    count,
    meanProbability: sums[bin] / count,
    observed: rights[bin] / count,
  }));
}

function checkProbabilities(probabilities: ArrayLike<number>, truths: ArrayLike<unknown>): void {
  checkSameLength("probabilities", probabilities, "truths", truths);
  checkRange("probability", probabilities, [0, 1]);
}

function binOf(probability: number, bins: number): number {
  return Math.min(bins - 1, Math.floor(probability * bins));
}

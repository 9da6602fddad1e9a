import type { Matrix } from "../matrix.ts";
import { checkNumbers, checkSameLength } from "./check-rows.ts";
import type { RowWeights } from "./row-weights.ts";

/** Rows in the order of their scores: sorted once, counted as often as a bootstrap asks. */
export interface RankedScores {
  /** [rows], row numbers by falling score. */
  readonly order: Uint32Array;
  /** [rows], 0 or 1, in that order. */
  readonly isPositive: Uint8Array;
  /** [thresholds], the different scores, falling. */
  readonly thresholds: Float64Array;
  /** [thresholds], how many rows have at least that score. */
  readonly ends: Uint32Array;
}

/** What a cut at each score calls positive. Rows of one score are on the same side of any cut. */
export interface CutCounts {
  /** [thresholds], falling: a row is called positive when its score is at least the threshold. */
  readonly thresholds: Float64Array;
  /** [thresholds], the positives called so. */
  readonly truePositives: Float64Array;
  /** [thresholds], the negatives called positive. */
  readonly falsePositives: Float64Array;
  readonly positives: number;
  readonly negatives: number;
}

/**
 * @param scores [rows], larger for the likelier positive @param isPositive [rows], whether it is one
 * @throws MedembedError "invalid-data" for a score that is NaN, or lists of different lengths
 */
export function rankScores(scores: ArrayLike<number>, isPositive: ArrayLike<number | boolean>): RankedScores {
  checkSameLength("scores", scores, "truths", isPositive);
  checkNumbers("score", scores);
  const rows = scores.length;
  const values = new Float64Array(rows);
  for (let row = 0; row < rows; row++) values[row] = scores[row] + 0; // -0 + 0 is 0: both are one score
  const order = orderOf(values).reverse();
  const [thresholds, ends] = [new Float64Array(rows), new Uint32Array(rows)];
  const ordered = new Uint8Array(rows);
  let count = 0;
  for (let i = 0; i < rows; i++) {
    const score = values[order[i]];
    if (i === 0 || score !== thresholds[count - 1]) thresholds[count++] = score;
    ends[count - 1] = i + 1;
    ordered[i] = Number(isPositive[order[i]]);
  }
  return { order, isPositive: ordered, thresholds: thresholds.slice(0, count), ends: ends.slice(0, count) };
}

/** Each class against all others. @param scores [rows, classes] @param truths [rows], class numbers @returns [classes] */
export function rankClasses({ rows, columns, values }: Matrix, truths: ArrayLike<number>): RankedScores[] {
  return Array.from({ length: columns }, (_, name) =>
    rankScores(
      Float64Array.from({ length: rows }, (_, row) => values[row * columns + name]),
      Uint8Array.from(truths, (truth) => Number(truth === name)),
    ),
  );
}

export function countCuts({ order, isPositive, thresholds, ends }: RankedScores, weights?: RowWeights): CutCounts {
  const truePositives = new Float64Array(thresholds.length);
  const falsePositives = new Float64Array(thresholds.length);
  let [positives, negatives, row] = [0, 0, 0];
  for (let cut = 0; cut < thresholds.length; cut++) {
    for (; row < ends[cut]; row++) {
      const weight = weights ? weights[order[row]] : 1;
      if (isPositive[row]) positives += weight;
      else negatives += weight;
    }
    truePositives[cut] = positives;
    falsePositives[cut] = negatives;
  }
  return { thresholds, truePositives, falsePositives, positives, negatives };
}

const DIGIT_BITS = 16;
const DIGITS = 64 / DIGIT_BITS;
const BUCKETS = 2 ** DIGIT_BITS;

/**
 * Row numbers by rising value. A radix sort over the bits of the doubles, several times as fast as a sort that compares; a
 * digit in which all agree, as the low ones of numbers that were float32, costs one look.
 * @param values without NaN and -0
 */
function orderOf(values: Float64Array): Uint32Array {
  const rows = values.length;
  const digits = sortableDigits(values);
  let [order, next] = [new Uint32Array(rows), new Uint32Array(rows)];
  for (let row = 0; row < rows; row++) order[row] = row;
  for (let digit = 0; digit < DIGITS; digit++) {
    const counts = new Uint32Array(BUCKETS);
    for (let row = 0; row < rows; row++) counts[digits[row * DIGITS + digit]]++;
    if (rows > 0 && counts[digits[digit]] === rows) continue;
    let before = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const here = counts[bucket];
      counts[bucket] = before;
      before += here;
    }
    for (let i = 0; i < rows; i++) next[counts[digits[order[i] * DIGITS + digit]]++] = order[i];
    [order, next] = [next, order];
  }
  return order;
}

/** IEEE 754 doubles order as whole numbers do, once the bits of negative ones and the sign of others are turned over. */
function sortableDigits(values: Float64Array): Uint16Array {
  const digits = new Uint16Array(new Float64Array(values).buffer);
  for (let last = DIGITS - 1; last < digits.length; last += DIGITS) {
    if (digits[last] < 0x8000) digits[last] ^= 0x8000;
    else for (let digit = last - DIGITS + 1; digit <= last; digit++) digits[digit] ^= 0xffff;
  }
  return digits;
}

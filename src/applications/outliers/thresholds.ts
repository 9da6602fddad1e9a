import { type CutCounts, countCuts, rankScores } from "../metrics/ranking.ts";
import { figuresAt, youdenThreshold } from "../operating-points/thresholds.ts";

/** A row is an outlier when its score is above the value; one exactly on it is none. */
export interface OutlierThreshold {
  readonly value: number;
  readonly origin: "alpha" | "labels";
}

/** No p of a reference set is smaller, and so no smaller alpha can be claimed. @param references how many */
export function smallestAlpha(references: number): number {
  return 1 / (references + 1);
}

/**
 * The threshold above which the conformal p is at most alpha: of those like the reference, at most that share is called an outlier.
 * @param leftOut [references], the score of each without it
 * @returns undefined where the reference is too small for so small an alpha: 19 are needed for 0.05
 */
export function alphaThreshold(leftOut: Float64Array, alpha: number): OutlierThreshold | undefined {
  const sorted = leftOut.toSorted();
  // Of n + 1 scores so many may be at least as high as one that is called, its own among them.
  let called = Math.floor(alpha * (sorted.length + 1));
  if ((called + 1) / (sorted.length + 1) <= alpha) called++; // the product was rounded down
  return called >= 1 ? { value: sorted[Math.max(0, sorted.length - called)], origin: "alpha" } : undefined;
}

/** A threshold with what it does to the rows that it was chosen on. */
export interface LabelledThreshold extends OutlierThreshold {
  /** The share of the known outliers above it. */
  readonly sensitivity: number;
  /** The share of the references not above it. */
  readonly specificity: number;
}

/**
 * Where sensitivity + specificity is largest, midway between the two scores there. Rows that are judged by it must not be among these.
 * @param leftOut [references] @param outliers [known outliers], their scores
 * @returns undefined where known outliers score no higher than the reference
 */
export function labelledThreshold(leftOut: Float64Array, outliers: Float64Array): LabelledThreshold | undefined {
  const cuts = outlierCuts(leftOut, outliers);
  const value = youdenThreshold(cuts);
  if (value === undefined) return undefined;
  const { sensitivity, specificity } = figuresAt(value, cuts);
  return { value, origin: "labels", sensitivity, specificity };
}

/** What each threshold calls outliers, of those that are known and of the references, for curves. @param leftOut [references] @param outliers [known outliers] */
export function outlierCuts(leftOut: Float64Array, outliers: Float64Array): CutCounts {
  const isOutlier = [...Array(leftOut.length).fill(false), ...Array(outliers.length).fill(true)];
  return countCuts(rankScores([...leftOut, ...outliers], isOutlier));
}

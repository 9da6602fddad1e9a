import { type CutCounts, countCuts, type RankedScores } from "./ranking.ts";
import { meanOfDefined, type RowWeights } from "./row-weights.ts";

/** Receiver operating characteristic, from (0, 0) to (1, 1), with a point for each different score. */
export interface RocCurve {
  /** [points], falling; the first is Infinity. */
  readonly thresholds: Float64Array;
  /** [points]; NaN without negatives. */
  readonly falsePositiveRates: Float64Array;
  /** [points]; NaN without positives. */
  readonly truePositiveRates: Float64Array;
}

export function rocCurve({ thresholds, truePositives, falsePositives, positives, negatives }: CutCounts): RocCurve {
  return {
    thresholds: startingWith(Number.POSITIVE_INFINITY, thresholds),
    falsePositiveRates: startingWith(0, falsePositives).map((count) => count / negatives),
    truePositiveRates: startingWith(0, truePositives).map((count) => count / positives),
  };
}

function startingWith(first: number, rest: Float64Array): Float64Array {
  const all = new Float64Array(rest.length + 1);
  all[0] = first;
  all.set(rest, 1);
  return all;
}

/**
 * The area under the ROC curve: the chance that a positive scores higher than a negative, ties counted half (Mann and
 * Whitney). NaN where one of the sides has no weight.
 */
export function areaUnderCurve({ truePositives, falsePositives, positives, negatives }: CutCounts): number {
  let [pairs, above, counted] = [0, 0, 0]; // positives above the tie, negatives above it
  for (let cut = 0; cut < truePositives.length; cut++) {
    pairs += (falsePositives[cut] - counted) * ((above + truePositives[cut]) / 2);
    above = truePositives[cut];
    counted = falsePositives[cut];
  }
  return pairs / (negatives * positives);
}

/**
 * The mean over the classes of the area of each against all others. Classes that no row shows, or that all rows show, have
 * none and are left out.
 * @param ranked [classes]
 */
export function meanAreaUnderCurve(ranked: readonly RankedScores[], weights?: RowWeights): number {
  return meanOfDefined(ranked.map((one) => areaUnderCurve(countCuts(one, weights))));
}

/** The least share of negatives called positive at which that share of the positives is, e.g. "FPR at 95 % TPR". NaN as the area. */
export function falsePositiveRateAt(
  sensitivity: number,
  { truePositives, falsePositives, positives, negatives }: CutCounts,
): number {
  if (positives === 0 || negatives === 0) return Number.NaN;
  if (sensitivity <= 0) return 0;
  const cut = truePositives.findIndex((count) => count / positives >= sensitivity);
  return falsePositives[cut < 0 ? falsePositives.length - 1 : cut] / negatives;
}

import { type CutCounts, countCuts, type RankedScores } from "./ranking.ts";
import { meanOfDefined, type RowWeights } from "./row-weights.ts";

/** A point for each different score, from the strictest cut on. */
export interface PrecisionRecallCurve {
  /** [points], falling. */
  readonly thresholds: Float64Array;
  /** [points]; NaN where nothing is called positive, as with weights of 0. */
  readonly precisions: Float64Array;
  /** [points]; NaN without positives. */
  readonly recalls: Float64Array;
}

export function precisionRecallCurve({
  thresholds,
  truePositives,
  falsePositives,
  positives,
}: CutCounts): PrecisionRecallCurve {
  return {
    thresholds,
    precisions: truePositives.map((count, cut) => count / (count + falsePositives[cut])),
    recalls: truePositives.map((count) => count / positives),
  };
}

/**
 * The mean of the precisions, each weighted by what its cut adds to the recall; no interpolation. Rows of one score count as
 * one cut. NaN without positives.
 */
export function averagePrecision({ truePositives, falsePositives, positives }: CutCounts): number {
  let [sum, above] = [0, 0];
  for (let cut = 0; cut < truePositives.length; cut++) {
    const found = truePositives[cut];
    if (found > above) sum += (found - above) * (found / (found + falsePositives[cut]));
    above = found;
  }
  return sum / positives;
}

/** The mean over the classes, each against all others; classes that no row shows are left out. @param ranked [classes] */
export function meanAveragePrecision(ranked: readonly RankedScores[], weights?: RowWeights): number {
  return meanOfDefined(ranked.map((one) => averagePrecision(countCuts(one, weights))));
}

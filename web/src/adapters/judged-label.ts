import { precisionRecallCurve } from "../../../src/applications/metrics/precision-recall.ts";
import { type CutCounts, countCuts, rankScores } from "../../../src/applications/metrics/ranking.ts";
import { rocCurve } from "../../../src/applications/metrics/roc.ts";
import { belowCut } from "../../../src/applications/operating-points/thresholds.ts";
import type { Trained } from "../server/adapters.ts";

/** Rows that were not trained on. */
export type JudgedPart = Trained["test"];

/** A point of a curve; those of ROC and of precision and recall are of the same cuts. */
interface CurvePoint {
  readonly x: number;
  readonly y: number;
}

/** A label against all others. */
export interface JudgedLabel {
  readonly cuts: CutCounts;
  /** [cuts], falling; what is at least one is called positive. */
  readonly thresholds: readonly number[];
  readonly roc: readonly CurvePoint[];
  readonly precisionRecall: readonly CurvePoint[];
}

/** @returns undefined where the rows are all of the label, or none is: there are no curves */
export function judgeLabel({ truths, probabilities }: JudgedPart, label: number): JudgedLabel | undefined {
  const scores = probabilities.map((row) => row[label]);
  const cuts = countCuts(
    rankScores(
      scores,
      truths.map((truth) => truth === label),
    ),
  );
  if (cuts.positives === 0 || cuts.negatives === 0) return undefined;
  const { falsePositiveRates, truePositiveRates } = rocCurve(cuts);
  const { recalls, precisions } = precisionRecallCurve(cuts);
  const thresholds = Array.from(cuts.thresholds, (_, cut) => belowCut(cuts, cut));
  return {
    cuts,
    thresholds,
    roc: thresholds.map((_, cut) => ({ x: falsePositiveRates[cut + 1], y: truePositiveRates[cut + 1] })), // its first point is no cut
    precisionRecall: thresholds.map((_, cut) => ({ x: recalls[cut], y: precisions[cut] })),
  };
}

/** The cut whose threshold is nearest. */
export function nearestCut(thresholds: readonly number[], threshold: number): number {
  let best = 0;
  for (const [cut, value] of thresholds.entries()) {
    if (Math.abs(value - threshold) < Math.abs(thresholds[best] - threshold)) best = cut;
  }
  return best;
}

/** Which label each row is taken for: that of the highest probability. @returns [rows], places */
export function guessesOf({ probabilities }: JudgedPart): number[] {
  return probabilities.map((row) => row.indexOf(Math.max(...row)));
}

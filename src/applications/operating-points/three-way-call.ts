import { MedembedError } from "../../errors.ts";

/** What a score is called when some are left open. */
export type ThreeWayCall = "positive" | "possible" | "negative";

export interface CallThresholds {
  /** From here on "positive". */
  readonly ruleIn: number;
  /** Below it "negative": placed so that few positives lie there. */
  readonly ruleOut: number;
}

/**
 * "Positive" from `ruleIn` on, else "negative" below `ruleOut`, else "possible". A score on `ruleOut` is not called negative:
 * the promise of that threshold counts the cases on it among those found.
 * @throws MedembedError "invalid-data" for a score or threshold that is NaN
 */
export function callThreeWay(score: number, { ruleIn, ruleOut }: CallThresholds): ThreeWayCall {
  if (Number.isNaN(score + ruleIn + ruleOut)) {
    throw new MedembedError("invalid-data", "a score or a threshold is NaN, so it cannot be called");
  }
  if (score >= ruleIn) return "positive";
  return score < ruleOut ? "negative" : "possible";
}

/** Whether no score is ever "possible": the threshold to rule out lies at or above the one to rule in, which is tried first. */
export function isNeverPossible({ ruleIn, ruleOut }: CallThresholds): boolean {
  return ruleOut >= ruleIn;
}

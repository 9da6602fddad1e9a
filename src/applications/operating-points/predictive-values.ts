import { checkRange } from "../metrics/check-rows.ts";

export interface PredictiveValues {
  /** Of those called positive, the share that is; NaN where none is ever called so. */
  readonly positivePredictiveValue: number;
  /** Of those called negative, the share that is; NaN where none is ever called so. */
  readonly negativePredictiveValue: number;
}

/**
 * Predictive values where another share of people has the finding than in the rows that sensitivity and specificity were
 * measured on (Bayes' rule). A test set with as many positives as negatives promises far too much for a rare finding.
 * @param prevalence from 0 to 1, of those who will be asked about
 * @throws MedembedError "invalid-data" for a number outside 0 to 1
 */
export function predictiveValues(
  { sensitivity, specificity }: { readonly sensitivity: number; readonly specificity: number },
  prevalence: number,
): PredictiveValues {
  checkRange("share", [sensitivity, specificity, prevalence], [0, 1]);
  const [found, missed] = [sensitivity * prevalence, (1 - sensitivity) * prevalence];
  const [left, called] = [specificity * (1 - prevalence), (1 - specificity) * (1 - prevalence)];
  return { positivePredictiveValue: found / (found + called), negativePredictiveValue: left / (left + missed) };
}

import type { Matrix } from "../matrix.ts";
import { type HeadKind, SETTINGS, settingsSchema } from "./head.ts";
import { fitLinearModel, type LinearFitOptions, type LinearModel, type RowLoss } from "./linear-model.ts";
import { restoreScaledLinear, trainScaledLinear } from "./scaled-linear.ts";

export interface LogisticRegressionSettings {
  /** The inverse of the penalty, as scikit-learn has it: the larger, the closer to the training rows. */
  readonly c: number;
}

/** Multinomial logistic regression on standardised vectors, as scikit-learn's `LogisticRegression`. */
export const logisticRegression: HeadKind<LogisticRegressionSettings> = {
  summary: "multinomial logistic regression on standardised vectors",
  defaults: { c: 1 },
  schema: settingsSchema({ c: SETTINGS.c }),
  train: (data, { c }) =>
    trainScaledLinear(data, (features, labels, rowWeights) =>
      fitLogisticRegression(features, labels, {
        classes: data.classes,
        rowWeights,
        l2: penaltyOf(c, rowWeights, data.classes),
      }),
    ),
  restore: restoreScaledLinear,
};

/**
 * Multinomial logistic regression: the least mean cross-entropy plus penalty; the bias is free.
 * @param features [rows, features] @param labels [rows], class numbers
 */
export function fitLogisticRegression(
  features: Matrix,
  labels: ArrayLike<number>,
  options: Pick<LinearFitOptions, "classes" | "l2" | "rowWeights" | "start" | "tolerance">,
): LinearModel {
  const share = 1 / options.classes;
  const fit = { loss: crossEntropy, curvature: share * (1 - share), penalisesBias: false, ...options };
  return fitLinearModel(features, labels, fit);
}

/** With two classes scikit-learn has one vector of weights, here are two of half its length: the same penalty needs twice the factor. */
function penaltyOf(c: number, rowWeights: Float64Array, classes: number): number {
  return (classes === 2 ? 2 : 1) / (c * rowWeights.reduce((a, b) => a + b, 0));
}

const crossEntropy: RowLoss = (logits, label, slopes) => {
  let largest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) largest = Math.max(largest, logit);
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - largest);
  for (let name = 0; name < logits.length; name++) slopes[name] = Math.exp(logits[name] - largest) / sum;
  slopes[label] -= 1; // softmax - truth
  return Math.log(sum) + largest - logits[label];
};

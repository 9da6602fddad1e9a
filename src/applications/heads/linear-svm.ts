import type { Matrix } from "../matrix.ts";
import { type HeadKind, SETTINGS, settingsSchema } from "./head.ts";
import { fitLinearModel, type LinearFitOptions, type LinearModel, type RowLoss } from "./linear-model.ts";
import { restoreScaledLinear, trainScaledLinear } from "./scaled-linear.ts";

export interface LinearSvmSettings {
  /** As scikit-learn has it: the larger, the closer to the training rows. */
  readonly c: number;
}

/** A linear support vector machine for each class against the rest, on standardised vectors, as scikit-learn's `LinearSVC`. */
export const linearSvm: HeadKind<LinearSvmSettings> = {
  summary: "linear support vector machine, each class against the rest, on standardised vectors",
  defaults: { c: 1 },
  schema: settingsSchema({ c: SETTINGS.c }),
  train: (data, { c }) =>
    trainScaledLinear(data, (features, labels, rowWeights) =>
      fitLinearSvm(features, labels, {
        classes: data.classes,
        rowWeights,
        l2: 1 / (c * rowWeights.reduce((a, b) => a + b, 0)),
      }),
    ),
  restore: restoreScaledLinear,
};

/**
 * The least mean squared hinge loss plus penalty, for each class on its own; the bias is penalised like a weight of a feature that is
 * always 1, as liblinear does.
 * @param features [rows, features] @param labels [rows], class numbers
 */
export function fitLinearSvm(
  features: Matrix,
  labels: ArrayLike<number>,
  options: Pick<LinearFitOptions, "classes" | "l2" | "rowWeights" | "tolerance">,
): LinearModel {
  return fitLinearModel(features, labels, { loss: squaredHinge, curvature: 2, penalisesBias: true, ...options });
}

const squaredHinge: RowLoss = (logits, label, slopes) => {
  let loss = 0;
  for (let name = 0; name < logits.length; name++) {
    const side = name === label ? 1 : -1;
    const short = Math.max(0, 1 - side * logits[name]); // of the margin
    loss += short ** 2;
    slopes[name] = -2 * side * short;
  }
  return loss;
};

import type { Matrix } from "../matrix.ts";
import type { Head, Tensors, TrainingData } from "./head.ts";
import { type LinearModel, predictLogits } from "./linear-model.ts";
import { applyScaler, fitScaler, restoreScaler, scalerTensors } from "./standard-scaler.ts";
import { listTensor, takeMatrix, takeTensor, toTensor } from "./tensor-shapes.ts";

/** @param rowWeights [rows], from the weights of their classes */
type Fit = (features: Matrix, labels: Int32Array, rowWeights: Float64Array) => LinearModel;

/** A linear model on standardised vectors. */
export function trainScaledLinear({ train, classWeights }: TrainingData, fit: Fit): Tensors {
  const scaler = fitScaler(train.vectors);
  const rowWeights = Float64Array.from(train.labels, (label) => classWeights[label]);
  const { weights, bias } = fit(applyScaler(scaler, train.vectors), train.labels, rowWeights);
  return { ...scalerTensors(scaler), weight: toTensor(weights), bias: listTensor(bias) };
}

/** @throws MedembedError "corrupt-checkpoint" */
export function restoreScaledLinear(tensors: Tensors): Head {
  const weights = takeMatrix(tensors, "weight", [undefined, undefined]);
  const bias = takeTensor(tensors, "bias", [weights.rows]).values;
  const scaler = restoreScaler(tensors, weights.columns);
  return {
    inputs: weights.columns,
    classes: weights.rows,
    score: (vectors) => predictLogits({ weights, bias }, applyScaler(scaler, vectors)),
  };
}

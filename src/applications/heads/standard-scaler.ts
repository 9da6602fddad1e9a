import type { Matrix } from "../matrix.ts";
import type { Tensors } from "./head.ts";
import { listTensor, takeTensor } from "./tensor-shapes.ts";

/** @property mean [features] @property scale [features], standard deviations; 1 for a feature that never changes */
export interface StandardScaler {
  readonly mean: Float32Array;
  readonly scale: Float32Array;
}

/** @param vectors [rows, features] */
export function fitScaler({ rows, columns, values }: Matrix): StandardScaler {
  const mean = new Float64Array(columns);
  for (let i = 0; i < values.length; i++) mean[i % columns] += values[i] / rows;
  const variance = new Float64Array(columns);
  for (let i = 0; i < values.length; i++) variance[i % columns] += (values[i] - mean[i % columns]) ** 2 / rows;
  return { mean: Float32Array.from(mean), scale: Float32Array.from(variance, (square) => Math.sqrt(square) || 1) };
}

/** Brings each feature to mean 0 and deviation 1, as of the rows it was fitted on. @returns [rows, features] */
export function applyScaler({ mean, scale }: StandardScaler, { rows, columns, values }: Matrix): Matrix {
  const scaled = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < columns; k++) scaled[row * columns + k] = (values[row * columns + k] - mean[k]) / scale[k];
  }
  return { rows, columns, values: scaled };
}

export function scalerTensors({ mean, scale }: StandardScaler): Tensors {
  return { "scaler.mean": listTensor(mean), "scaler.scale": listTensor(scale) };
}

/** @throws MedembedError "corrupt-checkpoint" */
export function restoreScaler(tensors: Tensors, features: number): StandardScaler {
  const [mean, scale] = ["scaler.mean", "scaler.scale"].map((name) => takeTensor(tensors, name, [features]).values);
  return { mean, scale };
}

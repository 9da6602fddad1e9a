import Type from "typebox";
import { MedembedError } from "../../errors.ts";
import { type Matrix, takeRows } from "../matrix.ts";
import { innerProducts } from "../products.ts";
import { type Head, type HeadKind, SETTINGS, settingsSchema, type Tensors } from "./head.ts";
import { solveSvm } from "./solve-svm.ts";
import { applyScaler, fitScaler, restoreScaler, scalerTensors } from "./standard-scaler.ts";
import { listTensor, takeMatrix, takeTensor, toTensor } from "./tensor-shapes.ts";

export interface KernelSvmSettings {
  /** As scikit-learn has it: the larger, the closer to the training rows. */
  readonly c: number;
  /** Of the kernel exp(-gamma · |a - b|²). "scale" is 1 / (features · variance), as scikit-learn has it. */
  readonly gamma: number | "scale";
}

/** The kernel of all pairs lies in memory: 900 MB. Beyond that other heads are as good, and far quicker. */
const MAX_ROWS = 15_000;

/** A support vector machine with Gaussian kernel for each class against the rest, on standardised vectors. */
export const kernelSvm: HeadKind<KernelSvmSettings> = {
  summary: "support vector machine with Gaussian (RBF) kernel, each class against the rest, on standardised vectors",
  defaults: { c: 1, gamma: "scale" },
  schema: settingsSchema({
    c: SETTINGS.c,
    gamma: Type.Union([Type.Literal("scale"), Type.Number({ exclusiveMinimum: 0 })]),
  }),
  train({ train, classes, classWeights }, { c, gamma: given }) {
    const { rows, columns } = train.vectors;
    if (rows > MAX_ROWS) {
      throw new MedembedError(
        "invalid-data",
        `an RBF support vector machine learns from ${MAX_ROWS} rows at most, found ${rows}; logistic-regression and linear-svm take any number`,
      );
    }
    const scaler = fitScaler(train.vectors);
    const features = applyScaler(scaler, train.vectors);
    const gamma = given === "scale" ? 1 / (columns * (varianceOf(features) || 1)) : given;
    const kernel = gaussianKernel(features, features, gamma);
    const bounds = Float64Array.from(train.labels, (label) => c * classWeights[label]);
    const machines = Array.from({ length: classes }, (_, name) =>
      solveSvm(kernel, { sides: Int8Array.from(train.labels, (label) => (label === name ? 1 : -1)), bounds }),
    );
    const support = [...train.labels.keys()].filter((row) => machines.some(({ factors }) => factors[row] !== 0));
    const factors = Float32Array.from(machines.flatMap((machine) => support.map((row) => machine.factors[row])));
    return {
      ...scalerTensors(scaler),
      support: toTensor(takeRows(features, support)),
      factors: { shape: [classes, support.length], values: factors },
      bias: listTensor(Float32Array.from(machines, ({ bias }) => bias)),
      gamma: listTensor(Float32Array.of(gamma)),
    };
  },
  restore,
};

function restore(tensors: Tensors): Head {
  const support = takeMatrix(tensors, "support", [undefined, undefined]);
  const factors = takeMatrix(tensors, "factors", [undefined, support.rows]);
  const bias = takeTensor(tensors, "bias", [factors.rows]).values;
  const [gamma] = takeTensor(tensors, "gamma", [1]).values;
  const scaler = restoreScaler(tensors, support.columns);
  return {
    inputs: support.columns,
    classes: factors.rows,
    score: (vectors) => {
      const scores = innerProducts(gaussianKernel(applyScaler(scaler, vectors), support, gamma), factors);
      for (let i = 0; i < scores.values.length; i++) scores.values[i] += bias[i % bias.length];
      return scores;
    },
  };
}

/** exp(-gamma · |a - b|²) of all rows of a with all of b, [a.rows, b.rows]. */
function gaussianKernel(a: Matrix, b: Matrix, gamma: number): Matrix {
  const kernel = innerProducts(a, b);
  const [squaresOfA, squaresOfB] = [squaresOf(a), squaresOf(b)];
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.rows; j++) {
      const at = i * b.rows + j;
      const distance = Math.max(0, squaresOfA[i] + squaresOfB[j] - 2 * kernel.values[at]);
      kernel.values[at] = Math.exp(-gamma * distance);
    }
  }
  return kernel;
}

function squaresOf({ rows, columns, values }: Matrix): Float64Array {
  const squares = new Float64Array(rows);
  for (let i = 0; i < values.length; i++) squares[Math.floor(i / columns)] += values[i] ** 2;
  return squares;
}

/** Of all numbers together. */
function varianceOf({ values }: Matrix): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}

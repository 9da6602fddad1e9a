import Type from "typebox";
import type { Matrix } from "../matrix.ts";
import { type Head, type HeadKind, SETTINGS, settingsSchema, type Tensor, type Tensors } from "./head.ts";
import { dense, forwardThrough, type Layer, type Parameter, relu } from "./layers.ts";
import { applyScaler, fitScaler, restoreScaler, scalerTensors } from "./standard-scaler.ts";
import { takeMatrix, takeTensor } from "./tensor-shapes.ts";
import { TorchRandom } from "./torch-random.ts";
import { trainNetwork } from "./train-network.ts";

export interface PerceptronSettings {
  /** Sizes of the hidden layers. */
  readonly hidden: readonly number[];
  readonly learningRate: number;
  /** The penalty on weights, as scikit-learn has it. */
  readonly alpha: number;
  /** Rows a step; all where there are fewer. */
  readonly batch: number;
  readonly epochs: number;
  /** Epochs without a better one on the validation rows after which training ends. */
  readonly patience: number;
  readonly keep: "area" | "accuracy";
}

/** A multi-layer perceptron with ReLU on standardised vectors, as scikit-learn's `MLPClassifier`; the defaults are those of the published head. */
export const perceptron: HeadKind<PerceptronSettings> = {
  summary: "multi-layer perceptron on standardised vectors, with early stopping",
  defaults: {
    hidden: [203, 314],
    learningRate: 3.29e-4,
    alpha: 1.36e-4,
    batch: 200,
    epochs: 300,
    patience: 10,
    keep: "accuracy",
  },
  schema: settingsSchema({
    hidden: Type.Array(SETTINGS.size, { minItems: 1, maxItems: 8 }),
    learningRate: SETTINGS.learningRate,
    alpha: SETTINGS.penalty,
    batch: SETTINGS.batch,
    epochs: SETTINGS.epochs,
    patience: SETTINGS.epochs,
    keep: SETTINGS.keep,
  }),
  train(data, settings) {
    const scaler = fitScaler(data.train.vectors);
    const random = new TorchRandom(data.seed);
    const sizes = [data.train.vectors.columns, ...settings.hidden, data.classes];
    const tensors = Object.assign({}, ...sizes.slice(1).map((size, i) => initialLayer(i, sizes[i], size, random)));
    const { layers, weights } = buildLayers(tensors);
    const scaled = (rows: typeof data.train) => ({ ...rows, vectors: applyScaler(scaler, rows.vectors) });
    const standardised = { ...data, train: scaled(data.train), validation: scaled(data.validation) };
    const { alpha, ...options } = settings;
    trainNetwork(layers, standardised, { ...options, l2: { strength: alpha, parameters: weights }, random });
    return { ...scalerTensors(scaler), ...tensors };
  },
  restore,
};

function restore(tensors: Tensors): Head {
  const { layers, inputs, classes } = buildLayers(tensors);
  const scaler = restoreScaler(tensors, inputs);
  return { inputs, classes, score: (vectors) => forwardThrough(layers, applyScaler(scaler, vectors)) };
}

/** Uniform within ±√(6 / (inputs + outputs)), as scikit-learn draws them (Glorot and Bengio 2010). */
function initialLayer(number: number, inputs: number, outputs: number, random: TorchRandom): Record<string, Tensor> {
  const bound = Math.sqrt(6 / (inputs + outputs));
  return {
    [`layers.${number}.weight`]: { shape: [outputs, inputs], values: random.uniform(outputs * inputs, bound) },
    [`layers.${number}.bias`]: { shape: [outputs], values: random.uniform(outputs, bound) },
  };
}

/** The layers share the numbers of the tensors: training changes both. @throws MedembedError "corrupt-checkpoint" */
function buildLayers(tensors: Tensors) {
  const layers: Layer[] = [];
  const weights: Parameter[] = [];
  let weight: Matrix = takeMatrix(tensors, "layers.0.weight", [undefined, undefined]);
  const inputs = weight.columns;
  for (let number = 0; number === 0 || `layers.${number}.weight` in tensors; number++) {
    if (number > 0) weight = takeMatrix(tensors, `layers.${number}.weight`, [undefined, weight.rows]);
    const bias = takeTensor(tensors, `layers.${number}.bias`, [weight.rows]).values;
    const layer = dense(weight, bias, { isFirst: number === 0 });
    weights.push(layer.parameters[0]);
    layers.push(...(number === 0 ? [] : [relu()]), layer);
  }
  return { layers, weights, inputs, classes: weight.rows };
}

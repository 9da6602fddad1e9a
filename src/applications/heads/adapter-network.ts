import type { Matrix } from "../matrix.ts";
import {
  type Head,
  type HeadKind,
  SETTINGS,
  settingsSchema,
  type Tensor,
  type Tensors,
  type TrainingData,
} from "./head.ts";
import { dense, forwardThrough, gelu, type Layer, layerNorm } from "./layers.ts";
import { takeTensor } from "./tensor-shapes.ts";
import { TorchRandom } from "./torch-random.ts";
import { trainNetwork } from "./train-network.ts";

export interface AdapterSettings {
  /** Of the first layers. */
  readonly width: number;
  /** Length of the feature. */
  readonly hidden: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Rows a step. */
  readonly batch: number;
  readonly epochs: number;
  readonly keep: "area" | "accuracy";
}

/** The head that also gives a feature of its own, to search by for example. */
export interface AdapterHead extends Head {
  /** [rows, dimensions] → [rows, hidden]; not of length 1 */
  features(vectors: Matrix): Matrix;
}

/** The taps of the published convolutions. On vectors, sequences of length 1, only the middle one meets numbers. */
const TAPS = 3;
const MIDDLE = 1;

/**
 * The published adapter network for MedImageInsight's vectors, with the names and shapes of its state dict: two linear layers with
 * GELU and a layer norm, two convolutions with GELU, whose result is the feature, and a linear layer for the logits. The same
 * seed gives the weights and the order of rows that PyTorch has.
 */
export const adapterNetwork: HeadKind<AdapterSettings> & { restore(tensors: Tensors): AdapterHead } = {
  summary: "the published adapter network, trained with AdamW; exchanges weights with PyTorch",
  defaults: { width: 512, hidden: 512, learningRate: 3e-4, weightDecay: 0.01, batch: 8, epochs: 30, keep: "area" },
  schema: settingsSchema({
    width: SETTINGS.size,
    hidden: SETTINGS.size,
    learningRate: SETTINGS.learningRate,
    weightDecay: SETTINGS.penalty,
    batch: SETTINGS.batch,
    epochs: SETTINGS.epochs,
    keep: SETTINGS.keep,
  }),
  train(data, settings) {
    const random = new TorchRandom(data.seed);
    const tensors = initialTensors(data, settings, random);
    const network = buildNetwork(tensors);
    trainNetwork([...network.feature, ...network.prediction], data, { ...settings, random });
    return network.tensors();
  },
  restore(tensors) {
    const { feature, prediction, inputs, classes } = buildNetwork(tensors);
    return {
      inputs,
      classes,
      features: (vectors) => forwardThrough(feature, vectors),
      score: (vectors) => forwardThrough([...feature, ...prediction], vectors),
    };
  },
};

/** In the order in which PyTorch's module draws them. */
function initialTensors(
  { train, classes }: TrainingData,
  { width, hidden }: AdapterSettings,
  random: TorchRandom,
): Tensors {
  const layer = (name: string, shape: readonly number[]): [string, Tensor][] => {
    const fanIn = shape.slice(1).reduce((product, size) => product * size, 1);
    const draw = (sizes: readonly number[]) => ({
      shape: sizes,
      values: random.uniform(
        sizes.reduce((product, size) => product * size, 1),
        1 / Math.sqrt(fanIn),
      ),
    });
    const weight = draw(shape);
    return [
      [`${name}.weight`, weight],
      [`${name}.bias`, draw([shape[0]])],
    ];
  };
  const filled = (value: number): Tensor => ({ shape: [width], values: new Float32Array(width).fill(value) });
  return Object.fromEntries([
    ...layer("vision_embd.0", [width, train.vectors.columns]),
    ...layer("vision_embd.2", [width, width]),
    ["vision_embd.3.weight", filled(1)],
    ["vision_embd.3.bias", filled(0)],
    ...layer("retrieval_conv.0", [hidden, width, TAPS]),
    ...layer("retrieval_conv.2", [hidden, hidden, TAPS]),
    ...layer("prediction_head.0", [classes, hidden]),
  ]);
}

interface Network {
  readonly inputs: number;
  readonly classes: number;
  readonly feature: readonly Layer[];
  readonly prediction: readonly Layer[];
  /** As they are now; the outer taps of the convolutions, which no vector ever meets, are 0. */
  tensors(): Tensors;
}

/** @throws MedembedError "corrupt-checkpoint" for tensors that do not fit each other */
function buildNetwork(given: Tensors): Network {
  const current: [string, () => Tensor][] = [];
  const take = (name: string, sizes: readonly (number | undefined)[]): Tensor => {
    const { shape, values } = takeTensor(given, name, sizes);
    const own = { shape, values: values.slice() };
    current.push([name, () => own]);
    return own;
  };
  const linear = (name: string, inputs?: number, options?: { readonly isFirst: boolean }) => {
    const { shape, values } = take(`${name}.weight`, [undefined, inputs]);
    const bias = take(`${name}.bias`, [shape[0]]).values;
    const layer = dense({ rows: shape[0], columns: shape[1], values }, bias, options);
    return { inputs: shape[1], outputs: shape[0], layer };
  };
  const convolution = (name: string, inputs: number) => {
    const { shape, values } = takeTensor(given, `${name}.weight`, [undefined, inputs, TAPS]);
    const middle = values.filter((_, i) => i % TAPS === MIDDLE);
    current.push([`${name}.weight`, () => ({ shape, values: spreadTaps(middle) })]);
    const bias = take(`${name}.bias`, [shape[0]]).values;
    return { outputs: shape[0], layer: dense({ rows: shape[0], columns: inputs, values: middle }, bias) };
  };
  const first = linear("vision_embd.0", undefined, { isFirst: true });
  const second = linear("vision_embd.2", first.outputs);
  const norm = ["weight", "bias"].map((part) => take(`vision_embd.3.${part}`, [second.outputs]).values);
  const third = convolution("retrieval_conv.0", second.outputs);
  const fourth = convolution("retrieval_conv.2", third.outputs);
  const last = linear("prediction_head.0", fourth.outputs);
  return {
    inputs: first.inputs,
    classes: last.outputs,
    feature: [first.layer, gelu(), second.layer, layerNorm(norm[0], norm[1]), third.layer, gelu(), fourth.layer],
    prediction: [last.layer],
    tensors: () => Object.fromEntries(current.map(([name, tensor]) => [name, tensor()])),
  };
}

function spreadTaps(middle: Float32Array): Float32Array {
  const values = new Float32Array(TAPS * middle.length);
  for (const [i, value] of middle.entries()) values[TAPS * i + MIDDLE] = value;
  return values;
}

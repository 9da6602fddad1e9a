import Type, { type TProperties, type TSchema } from "typebox";
import type { LabelledVectors } from "../labelled-vectors.ts";
import type { Matrix } from "../matrix.ts";

/** @property shape outermost first; its product is `values.length` */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** All that a head has learned, by name. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** A small classifier on vectors of a model that stays as it is. */
export interface Head {
  /** Length of the vectors it takes. */
  readonly inputs: number;
  readonly classes: number;
  /** vectors [rows, dimensions] → logits [rows, classes]: their softmax is the probability of each class, until it is calibrated */
  score(vectors: Matrix): Matrix;
}

export interface TrainingData {
  readonly train: LabelledVectors;
  /** What training may look at to decide, as when to stop; nothing is fitted to it. */
  readonly validation: LabelledVectors;
  readonly classes: number;
  /** [classes], what a row of each counts; 1 on average over the rows. */
  readonly classWeights: Float64Array;
  readonly seed: number;
  /** Told after each epoch of a head that is trained in epochs. */
  readonly onEpoch?: (epoch: Epoch) => void;
}

/** How far training has come. */
export interface Epoch {
  /** From 1. */
  readonly number: number;
  /** The most there will be. */
  readonly of: number;
  /** The mean over the rows trained on, while the weights changed. */
  readonly loss: number;
  /** Of the validation rows, after it. */
  readonly area: number;
  readonly accuracy: number;
}

/** A way to learn. What is trained is what is saved: a head is made from nothing but its tensors and settings. */
export interface HeadKind<Settings extends object = object> {
  readonly summary: string;
  /** All that may be set, with what it is if nobody does. */
  readonly defaults: Settings;
  /** What settings out of a file or a command line must fit. */
  readonly schema: TSchema;
  train(data: TrainingData, settings: Settings): Tensors;
  /** @throws MedembedError "corrupt-checkpoint" for tensors that are missing or of other shapes than they should be */
  restore(tensors: Tensors, settings: Settings): Head;
}

/** n / (classes · rows of the class), so that all classes weigh the same, as scikit-learn's "balanced"; or 1 for each. */
export function classWeightsOf(labels: ArrayLike<number>, classes: number, kind: "balanced" | "none"): Float64Array {
  const counts = new Float64Array(classes);
  for (let row = 0; row < labels.length; row++) counts[labels[row]]++;
  return counts.map((count) => (kind === "balanced" ? labels.length / (classes * count) : 1));
}

const whole = (minimum: number, maximum: number) => Type.Integer({ minimum, maximum });

/** Settings that several heads have, with bounds that no sensible value reaches. */
export const SETTINGS = {
  c: Type.Number({ exclusiveMinimum: 0, maximum: 1e9 }),
  size: whole(1, 65_536),
  learningRate: Type.Number({ exclusiveMinimum: 0, maximum: 10 }),
  penalty: Type.Number({ minimum: 0, maximum: 1e9 }),
  batch: whole(1, 65_536),
  epochs: whole(1, 100_000),
  keep: Type.Enum(["area", "accuracy"]),
} as const;

/** All of the properties, and no others. */
export function settingsSchema(properties: TProperties): TSchema {
  return Type.Object(properties, { additionalProperties: false });
}

import { MedembedError } from "../../errors.ts";
import type { VectorSpace } from "../../vector-space.ts";
import { fitTemperature } from "../calibration/temperature.ts";
import { classWeightsOf, type Epoch, type HeadKind } from "../heads/head.ts";
import { HEADS, type HeadName, settingsOf } from "../heads/kinds.ts";
import { type LabelledVectors, takeLabelled } from "../labelled-vectors.ts";
import type { Matrix } from "../matrix.ts";
import type { BootstrapOptions } from "../metrics/bootstrap.ts";
import { rankClasses } from "../metrics/ranking.ts";
import { findOperatingPoints } from "../operating-points/operating-points.ts";
import { PARTS, type Split, splitIntoFolds } from "../split-by-group.ts";
import { Adapter, type AdapterCard } from "./adapter.ts";

/** What an adapter is trained from. */
export interface TrainingSet extends LabelledVectors {
  /** The names of the classes. */
  readonly names: readonly string[];
  readonly space: VectorSpace;
}

export interface TrainOptions {
  readonly head: HeadName;
  /** What differs from the defaults of the head. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly classWeights: "balanced" | "none";
  readonly seed: number;
  readonly onEpoch?: (epoch: Epoch) => void;
}

/**
 * Trains a head on the train part, and calibrates it on the validation part. The test part is not looked at.
 * @throws MedembedError "invalid-data" for a split that it cannot learn from
 */
export function trainAdapter(set: TrainingSet, split: Split, options: TrainOptions): Adapter {
  checkSplit(set, split);
  const { head, classWeights, seed, onEpoch } = options;
  const kind: HeadKind = HEADS[head];
  const settings = settingsOf(head, options.settings);
  const [train, validation] = [split.train, split.validation].map((rows) => takeLabelled(set, rows));
  const weights = classWeightsOf(train.labels, set.names.length, classWeights);
  const data = {
    train,
    validation,
    classes: set.names.length,
    classWeights: weights,
    seed,
    ...(onEpoch && { onEpoch }),
  };
  const tensors = kind.train(data, settings);
  const card: AdapterCard = {
    labels: set.names,
    space: set.space,
    head,
    settings,
    temperature: 1,
    operatingPoints: {},
    training: {
      rows: { train: split.train.length, validation: split.validation.length, test: split.test.length },
      seed,
      classWeights,
    },
  };
  const uncalibrated = new Adapter(card, tensors);
  const temperature = fitTemperature(uncalibrated.logits(validation.vectors), validation.labels);
  return new Adapter({ ...card, temperature }, tensors);
}

/** The same adapter with thresholds for each label, chosen on rows that it was not trained on. */
export function withOperatingPoints(adapter: Adapter, rows: LabelledVectors, bootstrap: BootstrapOptions): Adapter {
  const ranked = rankClasses(adapter.probabilities(rows.vectors), rows.labels);
  const points = adapter.card.labels.map((label, name) => [
    label,
    findOperatingPoints(ranked[name], rows.groups, bootstrap),
  ]);
  return new Adapter({ ...adapter.card, operatingPoints: Object.fromEntries(points) }, adapter.tensors);
}

/**
 * The calibrated logits of every row by an adapter that has not seen it: one for each fold.
 * @returns [rows, classes]
 */
export function crossValidate(set: TrainingSet, folds: number, options: TrainOptions): Matrix {
  const classes = set.names.length;
  const values = new Float32Array(set.vectors.rows * classes);
  for (const split of splitIntoFolds(set, folds, options.seed)) {
    const { values: logits } = trainAdapter(set, split, options).logits(takeLabelled(set, split.test).vectors);
    for (const [i, row] of split.test.entries()) {
      values.set(logits.subarray(i * classes, (i + 1) * classes), row * classes);
    }
  }
  return { rows: set.vectors.rows, columns: classes, values };
}

/** What a split lacks that it can do without, for people; what it cannot is an error. */
export function lacksOf({ labels, names }: TrainingSet, split: Split): string[] {
  return PARTS.flatMap((part) => {
    const missing = missingClasses(labels, names, split[part]);
    if (part === "train" || missing.length === 0 || split[part].length === 0) return [];
    const loss = part === "validation" ? "it gets no thresholds" : "its figures are missing";
    return [`no ${part} row is ${list(missing)}: ${loss}; give it more groups, or a column "split"`];
  });
}

function checkSplit({ labels, names }: TrainingSet, split: Split): void {
  if (names.length < 2) {
    throw new MedembedError("invalid-data", `there is one class only, ${list(names)}: a classifier needs two at least`);
  }
  const missing = missingClasses(labels, names, split.train);
  if (missing.length > 0) {
    throw new MedembedError(
      "invalid-data",
      `no train row is ${list(missing)}: give it more groups, merge it with another label, or say in a column "split" what is train`,
    );
  }
  const shown = new Set(Array.from(split.validation, (row) => labels[row])).size;
  if (shown < 2) {
    throw new MedembedError(
      "invalid-data",
      `the validation rows show ${shown} of ${names.length} classes, two at least are needed to decide by: give more groups, or a column "split"`,
    );
  }
}

function missingClasses(labels: Int32Array, names: readonly string[], rows: Int32Array): string[] {
  const shown = new Set(Array.from(rows, (row) => labels[row]));
  return names.filter((_, name) => !shown.has(name));
}

function list(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}

import { type LabelledVectors, takeLabelled } from "../labelled-vectors.ts";
import { argmaxRows, type Matrix, softmaxRows } from "../matrix.ts";
import { accuracy, confusionMatrix } from "../metrics/confusion.ts";
import { rankClasses } from "../metrics/ranking.ts";
import { meanAreaUnderCurve } from "../metrics/roc.ts";
import { Adam, type AdamOptions } from "./adam.ts";
import type { Epoch, TrainingData } from "./head.ts";
import { backwardThrough, forwardThrough, type Layer, type Parameter } from "./layers.ts";
import type { TorchRandom } from "./torch-random.ts";

export interface NetworkTrainingOptions extends AdamOptions {
  readonly epochs: number;
  /** Rows a step. */
  readonly batch: number;
  /** What the epoch to keep is chosen by, on the validation rows: macro area under the curve, or accuracy. */
  readonly keep: "area" | "accuracy";
  /** Epochs without a better one after which training ends. Default: none. */
  readonly patience?: number;
  /** A penalty l2 / 2 · |weights|² beside the sum of the losses of a batch; on the given parameters. Default: none. */
  readonly l2?: { readonly strength: number; readonly parameters: readonly Parameter[] };
  /** Draws the order of the rows. */
  readonly random: TorchRandom;
}

/**
 * Trains a network in place on the cross-entropy of its logits, and leaves it as it was after the best epoch; of equals after the
 * earliest.
 */
export function trainNetwork(layers: readonly Layer[], data: TrainingData, options: NetworkTrainingOptions): void {
  const { train, validation, classWeights, onEpoch } = data;
  const { epochs, batch, keep, patience = Number.POSITIVE_INFINITY, l2, random } = options;
  const parameters = layers.flatMap((layer) => layer.parameters);
  const adam = new Adam(parameters, options);
  let best: { readonly epoch: Epoch; readonly values: readonly Float32Array[] } | undefined;
  for (let number = 1; number <= epochs && number - (best?.epoch.number ?? number) <= patience; number++) {
    const order = random.epochOrder(train.vectors.rows);
    let loss = 0;
    for (let first = 0; first < order.length; first += batch) {
      const rows = takeLabelled(train, order.subarray(first, first + batch));
      const outcome = crossEntropy(forwardThrough(layers, rows.vectors), rows.labels, classWeights);
      loss += (outcome.loss * rows.labels.length) / order.length;
      backwardThrough(layers, outcome.slopes);
      for (const { values, gradient } of l2?.parameters ?? []) {
        const strength = (l2?.strength ?? 0) / rows.labels.length;
        for (let i = 0; i < values.length; i++) gradient[i] += strength * values[i];
      }
      adam.step();
    }
    const epoch = { number, of: epochs, loss, ...validate(layers, validation) };
    onEpoch?.(epoch);
    if (!best || epoch[keep] > best.epoch[keep])
      best = { epoch, values: parameters.map(({ values }) => values.slice()) };
  }
  for (const [place, { values }] of parameters.entries()) if (best) values.set(best.values[place]);
}

function validate(layers: readonly Layer[], { vectors, labels }: LabelledVectors): Pick<Epoch, "area" | "accuracy"> {
  const logits = forwardThrough(layers, vectors);
  return {
    area: meanAreaUnderCurve(rankClasses(softmaxRows(logits), labels)),
    accuracy: accuracy(confusionMatrix(labels, argmaxRows(logits), logits.columns)),
  };
}

/** The mean over the rows, each counted by the weight of its class, with its slopes by the logits. */
function crossEntropy(
  logits: Matrix,
  labels: Int32Array,
  classWeights: Float64Array,
): { readonly loss: number; readonly slopes: Matrix } {
  const slopes = softmaxRows(logits);
  const total = labels.reduce((sum, label) => sum + classWeights[label], 0);
  let loss = 0;
  for (const [row, label] of labels.entries()) {
    const own = slopes.values.subarray(row * logits.columns, (row + 1) * logits.columns);
    const share = classWeights[label] / total;
    loss -= share * Math.log(Math.max(own[label], Number.MIN_VALUE));
    own[label] -= 1;
    for (let name = 0; name < own.length; name++) own[name] *= share;
  }
  return { loss, slopes };
}

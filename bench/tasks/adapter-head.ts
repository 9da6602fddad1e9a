import { adapterNetwork } from "../../src/applications/heads/adapter-network.ts";
import { classWeightsOf } from "../../src/applications/heads/head.ts";
import { type LabelledVectors, takeLabelled } from "../../src/applications/labelled-vectors.ts";
import type { Matrix } from "../../src/applications/matrix.ts";
import { splitByGroup } from "./linear-head.ts";

/** Those of the published fine-tuning component. */
const EPOCHS = 10;

/**
 * The published adapter network. Rows count so that all classes weigh the same; the epoch kept is the one with the best area under the
 * curve on held-out groups.
 * @returns vectors [rows, features] → logits [rows, classes]
 */
export function trainAdapterHead(train: LabelledVectors, classes: number, seed: number): (vectors: Matrix) => Matrix {
  const { kept, heldOut } = splitByGroup(train.groups, seed);
  const own = takeLabelled(train, kept);
  const settings = { ...adapterNetwork.defaults, epochs: EPOCHS };
  const classWeights = classWeightsOf(own.labels, classes, "balanced");
  const data = { train: own, validation: takeLabelled(train, heldOut), classes, classWeights, seed };
  return adapterNetwork.restore(adapterNetwork.train(data, settings)).score;
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { classWeightsOf, type TrainingData } from "../../../src/applications/heads/head.ts";
import { type LabelledVectors, takeLabelled } from "../../../src/applications/labelled-vectors.ts";
import type { Matrix } from "../../../src/applications/matrix.ts";
import { rankClasses } from "../../../src/applications/metrics/ranking.ts";
import { meanAreaUnderCurve } from "../../../src/applications/metrics/roc.ts";
import { reference } from "../reference.ts";

/** What scikit-learn and PyTorch made of the small vectors. */
export const heads = reference("heads");

const folder = join(import.meta.dirname, "../../files/applications");
const [ROWS, DIMENSIONS] = [300, 64];
const npy = readFileSync(join(folder, "vectors.npy"));
const values = new Float32Array(new Uint8Array(npy.subarray(npy.length - 4 * ROWS * DIMENSIONS)).buffer);

/** Four classes of 100 patients with three pictures each, 300 x 64. */
export const all: LabelledVectors = {
  vectors: { rows: ROWS, columns: DIMENSIONS, values },
  labels: Int32Array.from(heads.labels),
  groups: heads.patients.map(String),
};

const [train, validation, test] = ["train", "validation", "test"].map((part) => takeLabelled(all, heads[part]));

export { test, train };

export function trainingData(weights: "balanced" | "none" = "none", seed = 0): TrainingData {
  return { train, validation, classes: 4, classWeights: classWeightsOf(train.labels, 4, weights), seed };
}

/** The macro area under the curve of the test rows. @param scores [rows, classes] */
export function testArea(scores: Matrix): number {
  return meanAreaUnderCurve(rankClasses(scores, test.labels));
}

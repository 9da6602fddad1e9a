import { type LinearModel, predictLogits } from "../../src/applications/heads/linear-model.ts";
import { fitLogisticRegression } from "../../src/applications/heads/logistic-regression.ts";
import { type LabelledVectors, takeLabelled } from "../../src/applications/labelled-vectors.ts";
import { argmaxRows, type Matrix } from "../../src/applications/matrix.ts";
import { balancedAccuracy, confusionMatrix } from "../../src/applications/metrics/confusion.ts";
import { seededRandom, shuffled } from "../../src/applications/random.ts";

/** From the strongest to the weakest, each search beginning at the result before. */
const L2_GRID = [1, 0.1, 0.01, 0.001, 0.0001] as const;
/** Of the rows, whole groups, for the choice of L2. */
const HELD_OUT = 0.2;

export interface LinearHead {
  readonly l2: number;
  /** vectors [rows, features] → logits [rows, classes] */
  readonly predict: (vectors: Matrix) => Matrix;
}

/**
 * A linear classifier on frozen vectors ("linear probe"). Rows count so that all classes weigh the same; the vectors are
 * centred and brought to unit variance by one factor; L2 is the one that does best on held-out groups.
 */
export function trainLinearHead(train: LabelledVectors, classes: number, seed: number): LinearHead {
  const normalise = fitNormalisation(train.vectors);
  const whole = { ...train, vectors: normalise(train.vectors) };
  const { kept, heldOut } = splitByGroup(train.groups, seed);
  const l2 = chooseL2(takeLabelled(whole, kept), takeLabelled(whole, heldOut), classes);
  let head: LinearModel | undefined;
  for (const strength of L2_GRID.slice(0, L2_GRID.indexOf(l2) + 1)) head = fit(whole, classes, strength, head);
  const last = head as LinearModel;
  return { l2, predict: (vectors) => predictLogits(last, normalise(vectors)) };
}

/** Row numbers on both sides, no group on both. */
export function splitByGroup(
  groups: readonly string[],
  seed: number,
): { readonly kept: number[]; readonly heldOut: number[] } {
  const rowsOf = new Map<string, number[]>();
  for (const [row, group] of groups.entries()) rowsOf.set(group, [...(rowsOf.get(group) ?? []), row]);
  const [kept, heldOut]: [number[], number[]] = [[], []];
  for (const group of shuffled([...rowsOf.keys()], seededRandom(seed))) {
    const side = heldOut.length < HELD_OUT * groups.length && rowsOf.size > 1 ? heldOut : kept;
    side.push(...(rowsOf.get(group) ?? []));
  }
  return { kept, heldOut };
}

function chooseL2(train: LabelledVectors, heldOut: LabelledVectors, classes: number): (typeof L2_GRID)[number] {
  let head: LinearModel | undefined;
  let best: { l2: (typeof L2_GRID)[number]; score: number } = { l2: L2_GRID[0], score: Number.NEGATIVE_INFINITY };
  for (const l2 of L2_GRID) {
    head = fit(train, classes, l2, head);
    const guesses = argmaxRows(predictLogits(head, heldOut.vectors));
    const score = balancedAccuracy(confusionMatrix(heldOut.labels, guesses, classes));
    if (score > best.score) best = { l2, score };
  }
  return best.l2;
}

function fit(
  { vectors, labels }: LabelledVectors,
  classes: number,
  l2: number,
  start: LinearModel | undefined,
): LinearModel {
  const counts = new Float64Array(classes);
  for (const label of labels) counts[label]++;
  const rowWeights = Float64Array.from(labels, (label) => 1 / counts[label]);
  return fitLogisticRegression(vectors, labels, { classes, l2, rowWeights, start });
}

/** One factor for all features keeps the shape of the cloud: unlike a factor each, it does not blow up empty directions. */
function fitNormalisation({ rows, columns, values }: Matrix): (vectors: Matrix) => Matrix {
  const mean = new Float64Array(columns);
  for (let i = 0; i < values.length; i++) mean[i % columns] += values[i] / rows;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i] - mean[i % columns]) ** 2;
  const factor = 1 / Math.sqrt(squares / values.length || 1);
  return (vectors) => ({
    ...vectors,
    values: vectors.values.map((value, i) => (value - mean[i % columns]) * factor),
  });
}

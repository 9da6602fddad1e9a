import { type LabelledVectors, takeLabelled } from "../../src/applications/labelled-vectors.ts";
import { argmaxRows, logOddsRows, type Matrix, softmaxRows } from "../../src/applications/matrix.ts";
import {
  type BootstrapOptions,
  type Sampled,
  type Statistic,
  sample,
} from "../../src/applications/metrics/bootstrap.ts";
import { balancedAccuracy } from "../../src/applications/metrics/confusion.ts";
import { weightedMean } from "../../src/applications/metrics/row-weights.ts";
import { calibrationErrorOf, meanAreaOf, ofGuesses } from "../../src/applications/metrics/statistics.ts";
import { nearestNeighbours, neighbourVotes, precisionAtK } from "../../src/applications/nearest-neighbours.ts";
import { innerProducts } from "../../src/applications/products.ts";
import { trainAdapterHead } from "./adapter-head.ts";
import { trainLinearHead } from "./linear-head.ts";
import type { ClassifierFigures, TaskFigures } from "./results.ts";

const NEIGHBOURS = 16;
const RETRIEVED = 5;

/** Ways to answer a task from vectors. */
export const METHODS = ["zeroShot", "linearHead", "adapter", "nearestNeighbours"] as const;
export type Method = (typeof METHODS)[number];

export interface TaskInput {
  readonly classes: number;
  readonly val: LabelledVectors;
  readonly train: LabelledVectors;
  /** Vectors of the classes, [classes, dimensions], and the factor on cosines; undefined where there is no text. */
  readonly text: { readonly prompts: Matrix; readonly cosineScale: number } | undefined;
  readonly bootstrap: BootstrapOptions;
}

interface TaskOutcome {
  readonly figures: TaskFigures;
  /** Balanced accuracies with their samples. */
  readonly accuracies: Partial<Record<Method, Sampled>>;
}

/** One task with every method. */
export function evaluateTask(input: TaskInput): TaskOutcome {
  const { classes, val, train, text } = input;
  const zeroShot = text && classify(input, logOddsRows(innerProducts(val.vectors, text.prompts), text.cosineScale));
  const canTrain = new Set(train.labels).size > 1;
  const head = canTrain ? trainLinearHead(train, classes, input.bootstrap.seed) : undefined;
  const linearHead = head && classify(input, logOddsRows(head.predict(val.vectors)));
  const adapter =
    canTrain && classify(input, logOddsRows(trainAdapterHead(train, classes, input.bootstrap.seed)(val.vectors)));
  const neighbours = canTrain ? nearestNeighbours(val.vectors, train.vectors, { count: NEIGHBOURS }) : undefined;
  const nearest = neighbours && classify(input, neighbourVotes(neighbours, train.labels, classes));
  const retrieval = evaluateRetrieval(val, input.bootstrap);
  return {
    figures: {
      classes,
      images: val.labels.length,
      groups: new Set(val.groups).size,
      trainImages: train.labels.length,
      ...(zeroShot && { zeroShot: { ...zeroShot.figures, expectedCalibrationError: calibrationOf(input) } }),
      ...(linearHead && head && { linearHead: { ...linearHead.figures, l2: head.l2 } }),
      ...(adapter && { adapter: adapter.figures }),
      ...(nearest && { nearestNeighbours: nearest.figures }),
      ...(retrieval && { retrieval }),
    },
    accuracies: {
      ...(zeroShot && { zeroShot: zeroShot.accuracy }),
      ...(linearHead && { linearHead: linearHead.accuracy }),
      ...(adapter && { adapter: adapter.accuracy }),
      ...(nearest && { nearestNeighbours: nearest.accuracy }),
    },
  };
}

/** @param scores [rows, classes], such that those of a class compare between rows */
function classify(
  { val, classes, bootstrap }: TaskInput,
  scores: Matrix,
): { readonly figures: ClassifierFigures; readonly accuracy: Sampled } {
  const ofSample = (statistic: Statistic) => sample(val.groups, statistic, bootstrap);
  const accuracy = ofSample(ofGuesses(balancedAccuracy, val.labels, argmaxRows(scores), classes));
  const area = ofSample(meanAreaOf(scores, val.labels));
  return { figures: { balancedAccuracy: accuracy.estimate, meanAreaUnderCurve: area.estimate }, accuracy };
}

function calibrationOf({ val, text, bootstrap }: TaskInput) {
  if (!text) throw new Error("there is no calibration without prompts");
  const probabilities = softmaxRows(innerProducts(val.vectors, text.prompts), text.cosineScale);
  return sample(val.groups, calibrationErrorOf(probabilities, val.labels), bootstrap).estimate;
}

/** Queries that have no picture of their label in another group cannot find one and are left out. */
function evaluateRetrieval(val: LabelledVectors, bootstrap: BootstrapOptions): TaskFigures["retrieval"] {
  const groupsOf = new Map<number, Set<string>>();
  for (const [row, label] of val.labels.entries()) {
    groupsOf.set(label, (groupsOf.get(label) ?? new Set()).add(val.groups[row]));
  }
  const rows = [...val.labels.keys()].filter((row) => (groupsOf.get(val.labels[row])?.size ?? 0) > 1);
  if (rows.length === 0) return undefined;
  const queries = takeLabelled(val, rows);
  const found = nearestNeighbours(queries.vectors, val.vectors, {
    count: RETRIEVED,
    apart: { queries: queries.groups, gallery: val.groups },
  });
  const precisions = precisionAtK(found, queries.labels, val.labels);
  return {
    precisionAt5: sample(queries.groups, (weights) => weightedMean(precisions, weights), bootstrap).estimate,
    images: rows.length,
  };
}

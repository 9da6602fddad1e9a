/**
 * Times what applications promise: figures of a million scores, a logistic head on 10,000 vectors of 1024 with 12 classes, outliers
 * among 5,000 by 500 references, and exam parameters of 5,000 examples, each told from the others.
 *
 *     npm run bench:applications -- [--json FILE]
 *
 * The vectors are made up, with directions of very different size, as embeddings have them, and classes that overlap.
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { fitExamPredictor } from "../src/applications/exam-parameters/fit-exam-predictor.ts";
import { HEADS } from "../src/applications/heads/kinds.ts";
import { type LabelledVectors, takeLabelled } from "../src/applications/labelled-vectors.ts";
import type { Matrix } from "../src/applications/matrix.ts";
import { brierScore, expectedCalibrationError } from "../src/applications/metrics/calibration.ts";
import { classificationScores, confusionMatrix, matthewsCorrelation } from "../src/applications/metrics/confusion.ts";
import { averagePrecision, precisionRecallCurve } from "../src/applications/metrics/precision-recall.ts";
import { countCuts, rankScores } from "../src/applications/metrics/ranking.ts";
import { areaUnderCurve, rocCurve } from "../src/applications/metrics/roc.ts";
import { OPERATING_POINTS } from "../src/applications/operating-points/operating-points.ts";
import { fitOutlierDetector, type OutlierMethod } from "../src/applications/outliers/outlier-detector.ts";
import { innerProducts } from "../src/applications/products.ts";
import { seededRandom } from "../src/applications/random.ts";
import { describeRun } from "./machine.ts";
import { normal } from "./tasks/random.ts";

const SCORES = 1_000_000;
const [ROWS, DIMENSIONS, CLASSES] = [10_000, 1_024, 12];
const [REFERENCES, JUDGED] = [500, 5_000];

const { values: options } = parseArgs({ options: { json: { type: "string" } } });
const random = seededRandom(0);
const set = drawVectors();

const results = {
  ...describeRun("bench:applications", []),
  scores: SCORES,
  metricsSeconds: timeMetrics(),
  vectors: { rows: ROWS, dimensions: DIMENSIONS, classes: CLASSES },
  logisticRegressionSeconds: timeLogisticRegression(),
  neighbours: { references: REFERENCES, judged: JUDGED, dimensions: DIMENSIONS },
  neighboursSeconds: timeNeighbours(),
};
console.log(`${results.machine.cpu.model}, ${results.machine.cores} cores, load before ${results.machine.loadBefore}`);
for (const [what, seconds] of Object.entries(results.metricsSeconds)) {
  console.log(`${SCORES} scores, ${what}: ${seconds.toFixed(3)} s`);
}
console.log(
  `logistic head, ${ROWS} x ${DIMENSIONS}, ${CLASSES} classes: ${results.logisticRegressionSeconds.toFixed(1)} s`,
);
for (const [what, seconds] of Object.entries(results.neighboursSeconds)) {
  console.log(`${what}: ${seconds.toFixed(1)} s`);
}
if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);

function timeMetrics() {
  const scores = Float64Array.from({ length: SCORES }, random);
  const truths = Uint8Array.from(scores, (score) => Number(random() < score));
  const guesses = Uint8Array.from(scores, (score) => Number(score >= 0.5));
  let cuts = countCuts(rankScores([0], [0]));
  const parts = {
    "ranking and cuts": () => {
      cuts = countCuts(rankScores(scores, truths));
    },
    "AUC, AP, both curves, four thresholds": () => [
      areaUnderCurve(cuts),
      averagePrecision(cuts),
      rocCurve(cuts),
      precisionRecallCurve(cuts),
      ...Object.values(OPERATING_POINTS).map((choose) => choose(cuts)),
    ],
    "Brier score, calibration error": () => [brierScore(scores, truths), expectedCalibrationError(scores, truths)],
    "confusion, F1, MCC": () => {
      const confusion = confusionMatrix(truths, guesses, 2);
      return [classificationScores(confusion), matthewsCorrelation(confusion)];
    },
  };
  const seconds = Object.entries(parts).map(([what, compute]) => [what, secondsOf(compute)] as const);
  return { ...Object.fromEntries(seconds), together: seconds.reduce((sum, [, own]) => sum + own, 0) };
}

function timeLogisticRegression(): number {
  const data = {
    train: set,
    validation: set,
    classes: CLASSES,
    classWeights: new Float64Array(CLASSES).fill(1),
    seed: 0,
  };
  return secondsOf(() => HEADS["logistic-regression"].train(data, { c: 1 }));
}

function timeNeighbours() {
  const take = (from: number, count: number) => {
    const { vectors, labels, groups } = takeLabelled(
      set,
      Array.from({ length: count }, (_, i) => from + i),
    );
    return { ids: groups, vectors, groups, labels: Array.from(labels, String) };
  };
  const [reference, judged] = [take(0, REFERENCES), take(REFERENCES, JUDGED)];
  const judge = (method: OutlierMethod) => () =>
    fitOutlierDetector(reference, { methods: [method], neighbours: 2 }).judge(judged.vectors, judged.groups);
  const exams = { ...judged, labels: { plane: judged.labels }, numbers: {} };
  const space = { model: "made up", weights: "none", profile: "none", dimensions: DIMENSIONS };
  return {
    [`${JUDGED} judged by ${REFERENCES}, knn`]: secondsOf(judge("knn")),
    [`${JUDGED} judged by ${REFERENCES}, mahalanobis`]: secondsOf(judge("mahalanobis")),
    [`${JUDGED} exams, each told from the others`]: secondsOf(() =>
      fitExamPredictor(exams, { neighbours: 5, margin: 0.2, alpha: 0.1 }, space),
    ),
  };
}

/** The variance falls from direction to direction; the label is drawn by a linear model on all of them. */
function drawVectors(): LabelledVectors {
  const draw = (rows: number, columns: number, scale = (_: number) => 1): Matrix => ({
    rows,
    columns,
    values: Float32Array.from({ length: rows * columns }, (_, i) => scale(i % columns) * normal(random)),
  });
  const latent = draw(ROWS, DIMENSIONS, (k) => 1 / (1 + k) ** 0.7);
  const vectors = innerProducts(latent, draw(DIMENSIONS, DIMENSIONS));
  const logits = innerProducts(latent, draw(CLASSES, DIMENSIONS));
  const labels = Int32Array.from({ length: ROWS }, (_, row) => {
    const own = logits.values.subarray(row * CLASSES, (row + 1) * CLASSES);
    const drawn = own.map((logit) => logit - Math.log(-Math.log(1 - random()))); // Gumbel: a draw from the softmax
    return drawn.indexOf(Math.max(...drawn));
  });
  return { vectors, labels, groups: Array.from(labels, (_, row) => String(row)) };
}

function secondsOf(work: () => unknown): number {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1_000;
}

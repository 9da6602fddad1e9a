import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { findDisagreements } from "../../../src/applications/exam-parameters/disagreements.ts";
import { ExamPredictor } from "../../../src/applications/exam-parameters/exam-predictor.ts";
import type { ExamExamples } from "../../../src/applications/exam-parameters/examples.ts";
import { conformalSpread, fitExamPredictor } from "../../../src/applications/exam-parameters/fit-exam-predictor.ts";
import { measureExamPredictor } from "../../../src/applications/exam-parameters/measure-exam-predictor.ts";
import { openPredictor, savePredictor } from "../../../src/applications/exam-parameters/predictor-files.ts";
import { sample } from "../../../src/applications/metrics/bootstrap.ts";
import { type ErrorCode, MedembedError } from "../../../src/errors.ts";
import { temporaryFolder } from "../../golden-small.ts";
import { assertClose, reference } from "../reference.ts";

const expected = reference("exam-parameters");
const { settings, columns } = expected;
const rows = expected.groups.length;
const SPACE = { model: "small", weights: "0f".repeat(32), profile: "direct", dimensions: columns };
const known = (values: readonly (string | null)[]) => values.map((value) => value ?? undefined);

const examples: ExamExamples = {
  ids: expected.groups.map((_: string, row: number) => `exam ${row}`),
  vectors: { rows, columns, values: Float32Array.from(expected.vectors) },
  groups: expected.groups,
  labels: { plane: known(expected.planes), contrast: known(expected.partialPlanes) },
  numbers: { repetitionTime: expected.times },
};
const { predictor, answers } = fitExamPredictor(examples, settings, SPACE);
const figures = measureExamPredictor(predictor, answers, { seed: 0, rounds: 200 });

function refused(code: ErrorCode, pattern: RegExp) {
  return (error: unknown) => error instanceof MedembedError && error.code === code && pattern.test(error.message);
}

test("votes, margins and answers of patients left out are those of scikit-learn's weighted neighbours", () => {
  assertClose(
    answers.map(({ labels }) => labels.plane.share),
    expected.shares,
  );
  assertClose(
    answers.map(({ labels }) => labels.plane.margin),
    expected.margins,
  );
  assert.deepEqual(
    answers.map(({ labels }) => labels.plane.value ?? null),
    expected.answers,
  );
  assertClose(
    answers.flatMap(({ neighbours }) => neighbours.map(({ distance }) => distance)),
    expected.distances,
  );
});

test("neighbours whose headers do not tell do not vote, and where they weigh more than half there is no answer", () => {
  assert.deepEqual(
    answers.map(({ labels }) => labels.contrast.value ?? null),
    expected.partialAnswers,
  );
});

test("numbers are numpy's weighted medians, on a logarithmic scale where that is theirs", () => {
  assert.deepEqual(
    answers.map(({ numbers }) => numbers.repetitionTime?.value),
    expected.medians,
  );
  const { error, spread, intervalCoverage, scale } = figures.numbers.repetitionTime!;
  assert.equal(scale, "log");
  assertClose(
    [error.value, spread!, intervalCoverage.value],
    [expected.error, expected.spread, expected.intervalCoverage],
  );
});

test("the figures are those of scikit-learn", () => {
  const { coverage, accuracy, balancedAccuracy, confusion, values } = figures.labels.plane;
  assertClose(
    [coverage, accuracy, balancedAccuracy].map(({ value }) => value),
    [expected.coverage, expected.accuracy, expected.balancedAccuracy],
  );
  assert.deepEqual(confusion, expected.confusion);
  assert.deepEqual(values, ["axial", "coronal", "sagittal"]);
  assert.deepEqual([figures.examples, figures.patients], [80, 27]);
});

test("intervals are those of the bootstrap over patients, of rows whose headers tell", () => {
  const { low, high } = figures.labels.plane.accuracy;
  const answered = [...answers.keys()].filter((row) => answers[row].labels.plane.value !== undefined);
  const isRight = answers.map(({ labels }, row) => Number(labels.plane.value === expected.planes[row]));
  const { estimate } = sample(
    examples.groups,
    (weights) => {
      const total = answered.reduce((sum, row) => sum + weights[row], 0);
      return answered.reduce((sum, row) => sum + weights[row] * isRight[row], 0) / total;
    },
    { seed: 0, rounds: 200 },
  );
  assertClose([low, high], [estimate.low, estimate.high]);
  assert.ok(low < figures.labels.plane.accuracy.value && high > figures.labels.plane.accuracy.value);
  const { error, coverage } = figures.numbers.repetitionTime!;
  assert.ok(error.low < error.value && error.value < error.high);
  assert.deepEqual(coverage, { value: 1, low: 1, high: 1 });
});

test("no neighbour is of the same patient, a duplicate of another's decides alone", () => {
  const groupOf = new Map(examples.ids.map((id, row) => [id, examples.groups[row]]));
  for (const [row, { neighbours }] of answers.entries()) {
    for (const { id } of neighbours) assert.notEqual(groupOf.get(id), examples.groups[row]);
  }
  assert.deepEqual(answers[10].neighbours[0], { id: "exam 40", distance: 0 });
  assert.equal(answers[10].labels.plane.share, 1);
});

test("an interval goes by a factor to both sides of the value", () => {
  const [{ numbers }] = predictor.predict({ rows: 1, columns, values: examples.vectors.values.slice(0, columns) }, [
    "new",
  ]);
  const { value, low, high } = numbers.repetitionTime!;
  assertClose([high! / value!, value! / low!], [Math.exp(expected.spread), Math.exp(expected.spread)]);
});

test("errors of too few examples give no interval", () => {
  assert.equal(conformalSpread([0.1, 0.2], 0.1), undefined);
  assert.equal(conformalSpread([1, 2, 3, 4, 5, 6, 7, 8, 9], 0.1), 9);
  assert.equal(
    conformalSpread(
      Array.from({ length: 19 }, (_, i) => i + 1),
      0.05,
    ),
    19,
  );
});

test("a planted wrong label is found, with all of the votes against it", () => {
  const clear = answers.findIndex(
    ({ labels }, row) => labels.plane.share === 1 && labels.plane.value === expected.planes[row],
  );
  const wrong = expected.planes[clear] === "axial" ? "coronal" : "axial";
  const planted = { ...examples, labels: { plane: known(expected.planes.with(clear, wrong)) } };
  const refit = fitExamPredictor(planted, settings, SPACE);
  const found = findDisagreements(planted, refit.answers);
  const one = found.find(({ id }) => id === `exam ${clear}`);
  assert.deepEqual([one?.header, one?.neighbours, one?.margin], [wrong, expected.planes[clear], 1]);
  assert.ok(found.every(({ margin }, i) => i === 0 || margin <= found[i - 1].margin));
  assert.ok(found.every(({ header, neighbours, margin }) => header !== neighbours && margin >= settings.margin));
});

test("a predictor is kept in a folder, and answers as before", async () => {
  const folder = join(await temporaryFolder(), "exams");
  await savePredictor(predictor, figures, folder);
  const opened = await openPredictor(folder);
  assert.deepEqual(
    opened.predict(examples.vectors, examples.groups),
    predictor.predict(examples.vectors, examples.groups),
  );
  await assert.rejects(savePredictor(predictor, figures, folder), refused("usage", /exists already/));
  const card = join(folder, "exam-parameters.json");
  const written = JSON.parse(await readFile(card, "utf8"));
  assert.deepEqual([written.space, written.settings, written.figures.patients], [SPACE, settings, 27]);
  await writeFile(card, JSON.stringify({ ...written, groups: written.groups.slice(1) }));
  await assert.rejects(openPredictor(folder), refused("corrupt-checkpoint", /80 examples, and 79 values of groups/));
  await writeFile(card, JSON.stringify({ ...written, spreads: { echoTime: "wide" } }));
  await assert.rejects(openPredictor(folder), refused("invalid-config", /spreads\.echoTime/));
  await writeFile(card, JSON.stringify(written));
  const weights = join(folder, "weights.safetensors");
  const bytes = await readFile(weights);
  bytes[bytes.length - 3] ^= 1;
  await writeFile(weights, bytes);
  await assert.rejects(
    openPredictor(folder),
    refused("corrupt-checkpoint", /is not the file that its exam-parameters\.json/),
  );
  await assert.rejects(
    openPredictor(join(folder, "nowhere")),
    refused("not-found", /is no predictor of exam parameters/),
  );
});

test("refused: another space, NaN, more neighbours than examples of others, nothing to learn", () => {
  assert.throws(() => predictor.requireSpace({ ...SPACE, profile: "mi2-service" }), refused("wrong-space", /fit anew/));
  const nan = { rows: 1, columns, values: new Float32Array(columns).fill(Number.NaN) };
  assert.throws(() => predictor.predict(nan, ["new"]), refused("invalid-data", /vector 1 of the vectors to predict/));
  assert.throws(
    () => fitExamPredictor(examples, { ...settings, neighbours: 78 }, SPACE),
    refused("invalid-data", /there are 80 vectors .* of which 77 are left for those of one patient; needed: 78/),
  );
  const oneValue = { ...examples, labels: { plane: Array(rows).fill("axial") }, numbers: {} };
  assert.throws(() => fitExamPredictor(oneValue, settings, SPACE), refused("invalid-data", /nothing can be learned/));
  const onePatient = { ...examples, groups: Array(rows).fill("patient") };
  assert.throws(() => fitExamPredictor(onePatient, settings, SPACE), refused("invalid-data", /nothing can be learned/));
  assert.throws(() => new ExamPredictor(onePatient, settings, SPACE), refused("invalid-data", /of which 0 are left/));
});

test("vectors that are all the same give no answer where labels differ evenly, and no error", () => {
  const same = { rows: 10, columns: 3, values: new Float32Array(30).fill(1) };
  const planes = ["axial", "coronal"];
  const alike: ExamExamples = {
    ids: Array.from({ length: 10 }, (_, i) => `${i}`),
    vectors: same,
    groups: Array.from({ length: 10 }, (_, i) => `${i}`),
    labels: { plane: Array.from({ length: 10 }, (_, i) => planes[i % 2]) },
    numbers: {},
  };
  const fitted = fitExamPredictor(alike, { neighbours: 4, margin: 0.2, alpha: 0.1 }, { ...SPACE, dimensions: 3 });
  const { value, margin } = fitted.predictor.predict({ ...same, rows: 1 }, ["new"])[0].labels.plane;
  assert.deepEqual([value, margin], [undefined, 0]);
});

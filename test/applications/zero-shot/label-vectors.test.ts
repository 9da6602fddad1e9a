import assert from "node:assert/strict";
import { test } from "node:test";
import { type Matrix, stack } from "../../../src/applications/matrix.ts";
import {
  embedLabels,
  ensembleVector,
  zeroShotLogits,
  zeroShotProbabilities,
} from "../../../src/applications/zero-shot/label-vectors.ts";
import { openGolden } from "../../golden-small.ts";
import { assertClose, reference } from "../reference.ts";

const expected = reference("zero-shot");
const rows = (lists: readonly number[][]): Matrix => stack(lists.map((list) => Float32Array.from(list)));
const ensembles = (labels: readonly number[][][]) =>
  stack(labels.map((texts) => ensembleVector(texts.map((text) => Float32Array.from(text)))));

const images = rows(expected.images);
const labels = {
  names: ["a", "b", "c", "d"],
  present: ensembles(expected.present),
  logitScale: expected.logitScale as number,
};
const paired = { ...labels, absent: ensembles(expected.absent) };

test("an ensemble is the mean of the directions, whatever the lengths, as numpy has it", () => {
  assertClose(labels.present.values, expected.ensembles.flat(), { tolerance: 1e-7 });
});

test("competing labels share 1 by exp(logitScale) times the cosine, as numpy has it", () => {
  const logits = zeroShotLogits(images, labels);
  assertClose(logits.values, expected.logits.flat(), { tolerance: 2e-5 });
  assertClose(zeroShotProbabilities(logits, labels).values, expected.competing.flat(), { tolerance: 5e-6 });
});

test("of presence and absence each label is answered by itself, as numpy has it", () => {
  const pairs = zeroShotProbabilities(zeroShotLogits(images, paired), paired);
  assertClose(pairs.values, expected.pairs.flat(), { tolerance: 5e-6 });
  const alone = {
    names: ["b"],
    logitScale: labels.logitScale,
    present: row(paired.present, 1),
    absent: row(paired.absent, 1),
  };
  const answered = zeroShotProbabilities(zeroShotLogits(images, alone), alone).values;
  assertClose(
    answered,
    Array.from({ length: images.rows }, (_, i) => pairs.values[i * 4 + 1]),
    { tolerance: 1e-7 },
  );
});

test("a scale at which exponentials overflow gives 0 and 1", () => {
  const steep = { ...labels, logitScale: 9 };
  const { values } = zeroShotProbabilities(zeroShotLogits(images, steep), steep);
  for (let i = 0; i < images.rows; i++) {
    assertClose(Math.max(...values.subarray(4 * i, 4 * i + 4)), 1, { tolerance: 1e-6 });
  }
  const far = { ...paired, logitScale: 9 };
  assert.ok(zeroShotProbabilities(zeroShotLogits(images, far), far).values.every(Number.isFinite));
});

test("vectors that compare with nothing are refused", () => {
  const broken = { ...images, values: images.values.map((value, i) => (i === 40 ? Number.NaN : value)) };
  assert.throws(() => zeroShotLogits(broken, labels), {
    code: "invalid-data",
    message: /^vector 2 .* no finite number/,
  });
  const zeros = { rows: 1, columns: 32, values: new Float32Array(32) };
  assert.throws(() => zeroShotLogits(zeros, labels), { code: "invalid-data" });
  const longer = { rows: 1, columns: 64, values: new Float32Array(64).fill(1) };
  assert.throws(() => zeroShotLogits(longer, labels), {
    code: "wrong-space",
    message: "vectors of 64 values do not compare with texts of 32",
  });
  const there = Float32Array.of(3, 4);
  assert.throws(() => ensembleVector([there, there.map((value) => -value)]), { code: "invalid-data" });
});

test("a real model embeds each text once, and averages those of a label", async () => {
  const embedder = await openGolden();
  const asked: string[] = [];
  const counting = {
    card: embedder.card,
    embedText: (text: string) => {
      asked.push(text);
      return embedder.embedText(text);
    },
  };
  const found = await embedLabels(counting, [
    { name: "a", prompts: ["chest", "thorax"], negatives: ["no chest"] },
    { name: "b", prompts: ["brain"], negatives: ["no chest"] },
  ]);
  assert.deepEqual(asked.sort(), ["brain", "chest", "no chest", "thorax"]);
  assert.deepEqual([found.names, found.logitScale], [["a", "b"], embedder.card.logitScale]);
  const [chest, thorax, brain] = await Promise.all(
    ["chest", "thorax", "brain"].map((text) => embedder.embedText(text)),
  );
  assertClose(row(found.present, 0).values, ensembleVector([chest, thorax]), { tolerance: 0 });
  assertClose(row(found.present, 1).values, brain, { tolerance: 1e-7 });
  assert.deepEqual(row(found.absent!, 0), row(found.absent!, 1));
});

function row({ columns, values }: Matrix, index: number): Matrix {
  return { rows: 1, columns, values: values.slice(index * columns, (index + 1) * columns) };
}

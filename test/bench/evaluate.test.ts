import assert from "node:assert/strict";
import { test } from "node:test";
import type { Encoder } from "../../bench/tasks/encoder.ts";
import { evaluate } from "../../bench/tasks/evaluate.ts";
import type { LabelledPicture } from "../../bench/tasks/picture-set.ts";
import { hashOf, normal } from "../../bench/tasks/random.ts";
import { compareUnknownWords, UNKNOWN_ANATOMIES, unknownPromptsOf } from "../../bench/tasks/unknown-words.ts";
import { Vocabulary } from "../../bench/tasks/vocabulary.ts";
import { compareParaphrases, paraphrasesOf } from "../../bench/tasks/zero-shot.ts";
import { stack } from "../../src/applications/matrix.ts";
import { seededRandom } from "../../src/applications/random.ts";

const vocabulary = await Vocabulary.read();
const LABELS = ["normal", "viral pneumonia", "bacterial pneumonia"];
const DIMENSIONS = 32;

const pictures = (split: string, each: number): LabelledPicture[] =>
  [
    ...LABELS.map((label) => ["kermany-cxr", label]),
    ["medical-mnist-64", "HeadCT"],
    ["medical-mnist-64", "CXR"],
  ].flatMap(([dataset, label]) =>
    Array.from({ length: each }, (_, i) => {
      const file = `${split}/${dataset}/${label}/${i}`;
      return { file, shard: "", split, dataset, label, group: file };
    }),
  );

/** A direction for each word; the vector of a text or picture is the sum of what it says. */
function direction(words: string): Float32Array {
  const vector = new Float32Array(DIMENSIONS);
  for (const word of words.split(" ")) {
    const random = seededRandom(hashOf(word));
    for (let k = 0; k < DIMENSIONS; k++) vector[k] += normal(random);
  }
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

const oracle: Encoder = {
  name: "oracle",
  weights: "none",
  profile: "none",
  identity: [],
  dimensions: DIMENSIONS,
  embedImage: () => Promise.reject(new Error("pictures come from embed")),
  text: { cosineScale: 100, embedText: async (text) => direction(text) },
  close: async () => {},
};

const options = {
  vocabulary,
  bootstrap: { seed: 0, rounds: 50 },
  embed: async (asked: readonly LabelledPicture[]) =>
    stack(
      asked.map((picture) => {
        const { modality, anatomy, findings } = vocabulary.meaningOf(picture);
        return direction(vocabulary.promptOf([modality, anatomy, findings?.[0]]));
      }),
      DIMENSIONS,
    ),
  onTask: () => {},
};
const splits = { val: pictures("val", 6), train: pictures("train", 8) };

test("a model that sees exactly what the finest prompts say answers without an error", async () => {
  const { tasks, meanOfFindings, perturbations, unknownWords } = await evaluate(oracle, splits, options);
  const findings = tasks["kermany-cxr"];
  assert.deepEqual([findings.classes, findings.images, findings.groups, findings.trainImages], [3, 18, 18, 24]);
  const perfect = { value: 1, low: 1, high: 1 };
  assert.deepEqual(findings.zeroShot?.balancedAccuracy, perfect);
  assert.deepEqual(findings.zeroShot?.meanAreaUnderCurve, perfect);
  assert.deepEqual(findings.linearHead?.balancedAccuracy, perfect);
  assert.deepEqual(findings.adapter?.balancedAccuracy, perfect);
  assert.deepEqual(findings.nearestNeighbours?.balancedAccuracy.value, 1);
  assert.deepEqual(findings.retrieval, { precisionAt5: perfect, images: 18 });
  assert.deepEqual(meanOfFindings, {
    sources: 1,
    zeroShot: perfect,
    linearHead: perfect,
    adapter: perfect,
    nearestNeighbours: findings.nearestNeighbours?.balancedAccuracy,
  });
  assert.deepEqual(perturbations?.["masked border"]["kermany-cxr"], { value: 0, low: 0, high: 0 });
  assert.equal(unknownWords?.pictures, splits.val.length * UNKNOWN_ANATOMIES.length);
});

test("an encoder without words has no zero-shot figures", async () => {
  const figures = await evaluate({ ...oracle, text: undefined }, splits, options);
  assert.equal(figures.tasks.modality.zeroShot, undefined);
  assert.equal(figures.perturbations, undefined);
  assert.equal(figures.paraphrases, undefined);
  assert.equal(figures.unknownWords, undefined);
  assert.equal(figures.tasks.modality.linearHead?.balancedAccuracy.value, 1);
});

test("sources that label differently are told apart by a head", async () => {
  const { sourceProbes } = await evaluate(oracle, splits, options);
  assert.deepEqual(Object.keys(sourceProbes), ["x-ray chest"]);
  assert.deepEqual(sourceProbes["x-ray chest"].sources, ["kermany-cxr", "medical-mnist-64"]);
  assert.equal(sourceProbes["x-ray chest"].balancedAccuracy.value, 1);
});

test("figures are the same in a second run", async () => {
  assert.deepEqual(await evaluate(oracle, splits, options), await evaluate(oracle, splits, options));
});

test("a paraphrase takes the place of the last concept", () => {
  const classes = [{ name: "x-ray chest", concepts: ["x-ray", "chest"] }];
  assert.deepEqual(paraphrasesOf(classes, vocabulary, { chest: ["rib cage"], "x-ray": ["roentgenogram"] }), [
    { classNumber: 0, prompt: "x-ray rib cage" },
  ]);
});

test("a paraphrase is compared on the pictures that show its concept", () => {
  const prompts = stack([Float32Array.of(1, 0), Float32Array.of(0, 1)]);
  const images = stack([Float32Array.of(0.8, 0.6), Float32Array.of(1, 0), Float32Array.of(0, 1)]);
  // The first says nearly the same as its canonical prompt, the second has drifted to the other class.
  const paraphrases = stack([Float32Array.of(0.99, 0.1), Float32Array.of(-0.1, 0.9)]);
  const of = [0, 0].map((classNumber) => ({ classNumber, prompt: "" }));
  assert.deepEqual(compareParaphrases({ images, labels: Int32Array.of(0, 0, 1), prompts }, of, paraphrases), {
    paraphrases: 2,
    nearestToOwn: 1,
    pictures: 4,
    unchangedTop1: 2,
  });
});

test("an unknown word wins where it lies nearer to a picture than the right one", () => {
  const prompts = stack([Float32Array.of(1, 0), Float32Array.of(0, 1)]);
  const images = stack([Float32Array.of(0.8, 0.6), Float32Array.of(1, 0), Float32Array.of(0, 1)]);
  const unknown = stack([Float32Array.of(0.6, 0.8), Float32Array.of(0.8, 0.6), Float32Array.of(0.6, 0.8)]);
  const of = ["a", "b", "c"].map((prompt, place) => ({ classNumber: place < 2 ? 0 : 1, prompt }));
  assert.deepEqual(compareUnknownWords({ images, labels: Int32Array.of(0, 0, 1), prompts }, of, unknown), {
    pictures: 5,
    won: 2,
    worst: { prompt: "a", pictures: 2, won: 1 },
  });
});

test("an unknown word takes the place of the anatomy, and no word of the training is one", () => {
  const classes = [{ name: "x-ray chest", concepts: ["x-ray", "chest"] }];
  assert.deepEqual(unknownPromptsOf(classes, vocabulary)[0], {
    classNumber: 0,
    prompt: `x-ray ${UNKNOWN_ANATOMIES[0]}`,
  });
  const learned = new Set(Object.values(vocabulary.words).flatMap((ways) => ways.flatMap((way) => way.split(" "))));
  for (const word of UNKNOWN_ANATOMIES) assert.ok(!learned.has(word), `${word} was learned`);
});

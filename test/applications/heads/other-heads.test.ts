import assert from "node:assert/strict";
import { test } from "node:test";
import type { Epoch } from "../../../src/applications/heads/head.ts";
import { kernelSvm } from "../../../src/applications/heads/kernel-svm.ts";
import { nearestNeighbourHead } from "../../../src/applications/heads/nearest-neighbour-head.ts";
import { perceptron } from "../../../src/applications/heads/perceptron.ts";
import { argmaxRows, softmaxRows } from "../../../src/applications/matrix.ts";
import { largestDifference } from "../../golden-small.ts";
import { heads, test as testRows, train, trainingData } from "./small-vectors.ts";

const { vectors } = testRows;

test("the RBF machine decides as scikit-learn's", () => {
  const cases = [
    { expected: heads.rbfSvm, weights: "none", settings: kernelSvm.defaults },
    { expected: heads.rbfSvmBalanced, weights: "balanced", settings: { c: 0.3, gamma: 0.02 } },
  ] as const;
  for (const { expected, weights, settings } of cases) {
    const scores = kernelSvm.restore(kernelSvm.train(trainingData(weights), settings), settings).score(vectors);
    assert.ok(
      largestDifference(scores.values, expected.flat()) < 2e-3,
      "within the tolerance that libsvm has by default",
    );
  }
});

test("the neighbours are those of scikit-learn, and their votes the probabilities", () => {
  const settings = { k: 5 };
  const head = nearestNeighbourHead.restore(nearestNeighbourHead.train(trainingData(), settings), settings);
  const probabilities = softmaxRows(head.score(vectors)).values;
  const expected = heads.nearest.shares.flat().map((share: number) => (share * 5 + 1 / 4) / 6);
  // Between classes of equal votes the nearer neighbours tip the scale, by less than half a vote.
  assert.ok(largestDifference(probabilities, expected) < 0.5 / 6);
  const guesses = argmaxRows(head.score(vectors));
  const agreed = heads.nearest.shares.filter((own: number[], row: number) => own[guesses[row]] === Math.max(...own));
  assert.equal(agreed.length, vectors.rows);
});

test("more neighbours than there are vectors are refused", () => {
  assert.throws(() => nearestNeighbourHead.train(trainingData(), { k: 187 }), {
    code: "invalid-data",
    message: `k is 187, but there are ${train.vectors.rows} vectors to choose neighbours from: take a smaller k`,
  });
});

test("the perceptron reaches what scikit-learn's reaches, on average over seeds", () => {
  const settings = { hidden: [24, 16], learningRate: 3e-3, alpha: 1e-4, batch: 32, epochs: 40, patience: 40 };
  const last = heads.mlp.areas.map((_: number, seed: number) => {
    let epoch: Epoch | undefined;
    const data = {
      ...trainingData("none", seed),
      validation: testRows,
      onEpoch: (one: Epoch) => {
        epoch = one;
      },
    };
    perceptron.train(data, { ...settings, keep: "area" });
    return epoch;
  });
  const mean = (list: number[]) => list.reduce((a, b) => a + b, 0) / list.length;
  const areas = last.map(({ area }: Epoch) => area);
  assert.ok(Math.abs(mean(areas) - mean(heads.mlp.areas)) < 0.005, `${mean(areas)} against ${mean(heads.mlp.areas)}`);
  const losses = last.map(({ loss }: Epoch) => loss);
  assert.ok(
    Math.abs(mean(losses) / mean(heads.mlp.losses) - 1) < 0.2,
    `${mean(losses)} against ${mean(heads.mlp.losses)}`,
  );
});

test("training ends when the validation rows gain no more", () => {
  const epochs: number[] = [];
  const data = { ...trainingData(), onEpoch: ({ number }: { number: number }) => epochs.push(number) };
  perceptron.train(data, {
    ...perceptron.defaults,
    hidden: [8],
    batch: 32,
    learningRate: 0.01,
    patience: 3,
    epochs: 200,
  });
  assert.ok(epochs.length < 100);
});

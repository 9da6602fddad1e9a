import assert from "node:assert/strict";
import { test } from "node:test";
import { predictLogits } from "../../../src/applications/heads/linear-model.ts";
import { fitLinearSvm, linearSvm } from "../../../src/applications/heads/linear-svm.ts";
import { fitLogisticRegression, logisticRegression } from "../../../src/applications/heads/logistic-regression.ts";
import { applyScaler, fitScaler } from "../../../src/applications/heads/standard-scaler.ts";
import { argmaxRows, softmaxRows, stack } from "../../../src/applications/matrix.ts";
import { largestDifference } from "../../golden-small.ts";
import { assertClose } from "../reference.ts";
import { heads, testArea, test as testRows, train, trainingData } from "./small-vectors.ts";

const scaler = fitScaler(train.vectors);
const features = applyScaler(scaler, train.vectors);
const { rows } = features;

test("the scaler is that of scikit-learn, and an unchanging feature stays what it is", () => {
  assertClose(scaler.mean, heads.scaler.mean, { tolerance: 1e-7 });
  assertClose(scaler.scale, heads.scaler.scale, { tolerance: 1e-7 });
  const constant = { rows: 2, columns: 1, values: Float32Array.of(3, 3) };
  assert.deepEqual([...applyScaler(fitScaler(constant), constant).values], [0, 0]);
});

const FITS = {
  logistic: () => fitLogisticRegression(features, train.labels, { classes: 4, l2: 1 / rows, tolerance: 1e-6 }),
  linearSvm: () => fitLinearSvm(features, train.labels, { classes: 4, l2: 1 / rows, tolerance: 1e-6 }),
} as const;

for (const [name, fit] of Object.entries(FITS)) {
  test(`${name}: the weights are those of scikit-learn at its optimum`, () => {
    const { weights, bias } = fit();
    const expected = heads[name];
    assert.ok(largestDifference(weights.values, expected.weights.flat()) < 2e-3);
    assert.ok(largestDifference(bias, expected.bias) < 5e-3);
  });
}

const SETTINGS = {
  logistic: { train: () => logisticRegression.train(trainingData(), { c: 1 }) },
  logisticBalanced: { train: () => logisticRegression.train(trainingData("balanced"), { c: 0.1 }) },
  linearSvm: { train: () => linearSvm.train(trainingData(), { c: 1 }) },
  linearSvmBalanced: { train: () => linearSvm.train(trainingData("balanced"), { c: 0.1 }) },
} as const;

for (const [name, { train: trainHead }] of Object.entries(SETTINGS)) {
  test(`${name}: a trained head scores new vectors as scikit-learn's weights do`, () => {
    const head = (name.startsWith("logistic") ? logisticRegression : linearSvm).restore(trainHead(), { c: 1 });
    const scores = head.score(testRows.vectors);
    const { weights, bias } = heads[name];
    const model = { weights: stack(weights), bias: Float32Array.from(bias) };
    const expected = predictLogits(model, applyScaler(scaler, testRows.vectors));
    assert.deepEqual(argmaxRows(scores), argmaxRows(expected));
    const [own, theirs] = [scores, expected].map((logits) => testArea(softmaxRows(logits)));
    assert.ok(Math.abs(own - theirs) < 2e-3, `${own} against ${theirs}`);
    assert.ok(largestDifference(softmaxRows(scores).values, softmaxRows(expected).values) < 0.03);
  });
}

test("of two classes the difference of the logits is scikit-learn's decision", () => {
  const labels = train.labels.map((label) => Number(label === 1));
  const tensors = logisticRegression.train(
    { ...trainingData(), classes: 2, train: { ...train, labels }, classWeights: Float64Array.of(1, 1) },
    { c: 1 },
  );
  const { values } = tensors.weight;
  const difference = Array.from({ length: 64 }, (_, k) => values[64 + k] - values[k]);
  assert.ok(largestDifference(difference, heads.logisticBinary.weights[0]) < 5e-3);
});

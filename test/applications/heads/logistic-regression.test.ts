import assert from "node:assert/strict";
import { test } from "node:test";
import { normal } from "../../../bench/tasks/random.ts";
import { predictLogits } from "../../../src/applications/heads/linear-model.ts";
import { fitLogisticRegression } from "../../../src/applications/heads/logistic-regression.ts";
import { minimise } from "../../../src/applications/heads/minimise.ts";
import { softmaxRows, stack } from "../../../src/applications/matrix.ts";
import { seededRandom } from "../../../src/applications/random.ts";

const close = (a: number, b: number, tolerance = 1e-4) => assert.ok(Math.abs(a - b) < tolerance, `${a} is not ${b}`);

test("a quadratic function has its least value where its gradient is zero", () => {
  const found = minimise(
    ([x, y], gradient) => {
      gradient.set([2 * (x - 3), 200 * (y + 1)]);
      return (x - 3) ** 2 + 100 * (y + 1) ** 2;
    },
    Float64Array.of(0, 0),
    { maxIterations: 100, tolerance: 1e-9 },
  );
  close(found[0], 3, 1e-8);
  close(found[1], -1, 1e-8);
});

test("the valley of Rosenbrock is followed to its end", () => {
  const found = minimise(
    ([x, y], gradient) => {
      gradient.set([-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)]);
      return (1 - x) ** 2 + 100 * (y - x * x) ** 2;
    },
    Float64Array.of(-1.2, 1),
    { maxIterations: 500, tolerance: 1e-9 },
  );
  close(found[0], 1);
  close(found[1], 1);
});

test("without features the bias alone tells the shares of the classes", () => {
  const features = stack(Array.from({ length: 10 }, () => Float32Array.of(0)));
  const labels = [0, 0, 0, 0, 0, 0, 1, 1, 1, 2];
  const shares = softmaxRows(predictLogits(fitLogisticRegression(features, labels, { classes: 3, l2: 1 }), features));
  for (const [i, share] of [0.6, 0.3, 0.1].entries()) close(shares.values[i], share);
  const weighted = fitLogisticRegression(features, labels, {
    classes: 3,
    l2: 1,
    rowWeights: labels.map((label) => 1 / [6, 3, 1][label]),
  });
  for (const share of softmaxRows(predictLogits(weighted, features)).values) close(share, 1 / 3);
});

test("two points have the weight that the stationary condition asks for", () => {
  // x = ±1, labels 1 and 0, weights ±w: the gradient by w of log(1 + exp(-2w)) + l2 w² is zero, so l2 w = 1 / (1 + exp(2w)).
  const l2 = 0.1;
  const { weights, bias } = fitLogisticRegression(stack([Float32Array.of(-1), Float32Array.of(1)]), [0, 1], {
    classes: 2,
    l2,
  });
  const [negative, positive] = weights.values;
  close(negative, -positive);
  close(l2 * positive, 1 / (1 + Math.exp(2 * positive)));
  close(bias[0], bias[1]);
});

test("a start does not change where the search ends", () => {
  const random = seededRandom(1);
  const features = stack(Array.from({ length: 60 }, () => Float32Array.from({ length: 5 }, () => normal(random))));
  const labels = Int32Array.from({ length: 60 }, (_, row) => Number(features.values[row * 5] + normal(random) > 0));
  const cold = fitLogisticRegression(features, labels, { classes: 2, l2: 0.01 });
  const start = fitLogisticRegression(features, labels, { classes: 2, l2: 1 });
  const warm = fitLogisticRegression(features, labels, { classes: 2, l2: 0.01, start });
  for (const [i, value] of cold.weights.values.entries()) close(value, warm.weights.values[i], 2e-3);
});

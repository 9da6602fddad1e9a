import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { splitByGroup, trainLinearHead } from "../../bench/tasks/linear-head.ts";
import { fitLogisticRegression, predictLogits } from "../../bench/tasks/logistic-regression.ts";
import { argmaxRows, softmaxRows, stack } from "../../bench/tasks/matrix.ts";
import { minimise } from "../../bench/tasks/minimise.ts";
import { normal, seededRandom } from "../../bench/tasks/random.ts";

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

test("a head finds classes that a plane separates, and tells them in new pictures", () => {
  const random = seededRandom(2);
  const draw = (label: number) =>
    Float32Array.from({ length: 8 }, (_, k) => 0.05 * normal(random) + (k === label ? 1 : 0) + 5);
  const labels = Int32Array.from({ length: 90 }, (_, i) => i % 3);
  const vectors = stack(Array.from(labels, draw));
  const groups = Array.from(labels, (_, i) => String(i));
  const head = trainLinearHead({ vectors, labels, groups }, 3, 0);
  assert.deepEqual(argmaxRows(head.predict(stack([0, 1, 2, 2].map(draw)))), Int32Array.of(0, 1, 2, 2));
});

test("a split never parts a group and loses no row", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(..."abcdefgh"), { minLength: 1 }), fc.nat(), (groups, seed) => {
      const { kept, heldOut } = splitByGroup(groups, seed);
      assert.deepEqual(
        [...kept, ...heldOut].sort((a, b) => a - b),
        [...groups.keys()],
      );
      const keptGroups = new Set(kept.map((row) => groups[row]));
      assert.ok(heldOut.every((row) => !keptGroups.has(groups[row])));
      assert.ok(kept.length > 0);
    }),
  );
});

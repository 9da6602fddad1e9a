import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { areaUnderCurve, balancedAccuracy, meanAreaUnderCurve } from "../../bench/tasks/classification-metrics.ts";
import { stack } from "../../bench/tasks/matrix.ts";

const ones = (length: number) => new Float64Array(length).fill(1);

test("balanced accuracy is the mean of the recalls", () => {
  const accuracy = balancedAccuracy([0, 0, 0, 0, 1], [0, 0, 0, 1, 1], 2);
  assert.equal(accuracy(ones(5)), (3 / 4 + 1) / 2);
  assert.equal(accuracy(Float64Array.of(1, 1, 1, 3, 1)), (3 / 6 + 1) / 2, "a row of weight 3 counts three times");
});

test("a class that no row shows is left out of the balanced accuracy", () => {
  assert.equal(balancedAccuracy([0, 0, 2], [0, 1, 2], 3)(ones(3)), (1 / 2 + 1) / 2);
});

test("a guess of one class everywhere has a balanced accuracy of chance", () => {
  assert.equal(balancedAccuracy([0, 1, 2, 2, 2], [2, 2, 2, 2, 2], 3)(ones(5)), 1 / 3);
});

test("the area under the curve of a known case, with a tie", () => {
  // Pairs (positive, negative): 3>1, 3>2, 2>1, 2=2.
  assert.equal(areaUnderCurve([1, 2, 2, 3], [0, 0, 1, 1])(ones(4)), 3.5 / 4);
  assert.ok(Number.isNaN(areaUnderCurve([1, 2], [1, 1])(ones(2))), "there is no curve without negatives");
});

test("the area under the curve is the share of pairs in the right order", () => {
  const row = fc.record({ score: fc.integer({ min: 0, max: 5 }), positive: fc.boolean(), weight: fc.nat(3) });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (rows) => {
      let [right, pairs] = [0, 0];
      for (const a of rows.filter(({ positive }) => positive)) {
        for (const b of rows.filter(({ positive }) => !positive)) {
          right += a.weight * b.weight * (a.score > b.score ? 1 : a.score === b.score ? 0.5 : 0);
          pairs += a.weight * b.weight;
        }
      }
      const area = areaUnderCurve(
        rows.map(({ score }) => score),
        rows.map(({ positive }) => Number(positive)),
      )(Float64Array.from(rows, ({ weight }) => weight));
      if (pairs === 0) assert.ok(Number.isNaN(area));
      else assert.ok(Math.abs(area - right / pairs) < 1e-12);
    }),
  );
});

test("the mean area is that of each class against the rest", () => {
  const scores = stack([Float32Array.of(3, 0, 0), Float32Array.of(2, 1, 0), Float32Array.of(0, 1, 0)]);
  // Class 0 is perfect; class 1 ties with the row of class 2 and beats that of class 0; class 2 has ties only.
  assert.equal(meanAreaUnderCurve(scores, [0, 1, 2])(ones(3)), (1 + 0.75 + 0.5) / 3);
});

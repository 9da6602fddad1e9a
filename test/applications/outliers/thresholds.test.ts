import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { conformalPValues } from "../../../src/applications/metrics/conformal.ts";
import { alphaThreshold, labelledThreshold, smallestAlpha } from "../../../src/applications/outliers/thresholds.ts";

test("above the threshold of alpha are exactly the scores whose p is at most alpha", () => {
  const scores = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(scores, fc.integer({ min: 1, max: 99 }), scores, (reference, percent, judged) => {
      const alpha = percent / 100;
      const threshold = alphaThreshold(Float64Array.from(reference), alpha);
      const pValues = conformalPValues(reference, judged);
      for (const [i, score] of judged.entries()) {
        assert.equal(
          threshold !== undefined && score > threshold.value,
          pValues[i] <= alpha,
          `${score}, p ${pValues[i]}`,
        );
      }
    }),
  );
});

test("with 15 references 0.05 cannot be claimed; with 19 it can", () => {
  const scores = (count: number) => Float64Array.from({ length: count }, (_, i) => i);
  assert.equal(alphaThreshold(scores(15), 0.05), undefined);
  assert.equal(smallestAlpha(15), 0.0625);
  assert.deepEqual(alphaThreshold(scores(19), 0.05), { value: 18, origin: "alpha" });
  assert.deepEqual(
    alphaThreshold(scores(99), 0.29),
    { value: 70, origin: "alpha" },
    "0.29 times 100 is below 29 in doubles",
  );
});

test("known outliers put the threshold midway between the scores at which both sides part best", () => {
  const found = labelledThreshold(Float64Array.of(1, 2, 3, 8), Float64Array.of(5, 7, 9, 2.5));
  assert.deepEqual(found, { value: 4, origin: "labels", sensitivity: 0.75, specificity: 0.75 });
});

test("known outliers that score no higher than the reference give no threshold", () => {
  assert.equal(labelledThreshold(Float64Array.of(4, 5), Float64Array.of(1, 2)), undefined);
});

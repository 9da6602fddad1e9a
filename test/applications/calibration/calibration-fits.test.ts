import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { applyIsotonic, fitIsotonic } from "../../../src/applications/calibration/isotonic.ts";
import { fitTemperature, withTemperature } from "../../../src/applications/calibration/temperature.ts";
import { argmaxRows, stack } from "../../../src/applications/matrix.ts";
import { assertClose, reference } from "../reference.ts";

const { temperatures, isotonic } = reference("operating-points");

for (const { logits, truths, temperature } of temperatures) {
  test(`the best temperature is that of scipy: ${temperature.toFixed(2)}`, () => {
    assertClose(fitTemperature(stack(logits), truths), temperature);
  });
}

test("a temperature keeps the guesses and changes how sure they are", () => {
  const logits = stack([Float32Array.of(1, 3, 2)]);
  const [sure, doubtful] = [0.5, 4].map((temperature) => withTemperature(logits, temperature));
  assert.deepEqual([...argmaxRows(sure), ...argmaxRows(doubtful)], [1, 1]);
  assert.ok(sure.values[1] > doubtful.values[1]);
});

test("a temperature stays within its bounds, whatever the scores", () => {
  const logits = stack([Float32Array.of(1, 0), Float32Array.of(0, 1)]);
  assert.equal(fitTemperature(logits, [0, 1]), 0.01, "without a mistake there is no end to being sure");
  assert.equal(fitTemperature(logits, [1, 0]), 100, "always wrong");
  assert.throws(() => fitTemperature(stack([]), []), { code: "invalid-data" });
});

test("the isotonic fit is that of scikit-learn, between and beyond its scores as well", () => {
  const fit = fitIsotonic(isotonic.scores, isotonic.truths);
  assertClose(applyIsotonic(fit, isotonic.asked), isotonic.probabilities);
});

test("the isotonic fit never falls", () => {
  const row = fc.tuple(fc.integer({ min: -5, max: 5 }), fc.boolean());
  fc.assert(
    fc.property(fc.array(row, { minLength: 1 }), (rows) => {
      const fit = fitIsotonic(
        rows.map(([score]) => score),
        rows.map(([, truth]) => truth),
      );
      const fitted = applyIsotonic(fit, [-6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6]);
      assert.ok(fitted.every((value, i) => value >= 0 && value <= 1 && (i === 0 || value >= fitted[i - 1])));
    }),
  );
});

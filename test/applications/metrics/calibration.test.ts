import assert from "node:assert/strict";
import { test } from "node:test";
import { logOddsRows, softmaxRows, stack } from "../../../src/applications/matrix.ts";
import {
  brierScore,
  calibrationCurve,
  expectedCalibrationError,
  multiclassBrierScore,
} from "../../../src/applications/metrics/calibration.ts";
import { calibrationErrorOf } from "../../../src/applications/metrics/statistics.ts";
import { assertClose, reference } from "../reference.ts";

const { probabilities } = reference("metrics");

test("Brier scores are those of scikit-learn", () => {
  const { scores, truths, weights, many, classes } = probabilities;
  assertClose(brierScore(scores, truths), probabilities.brier);
  assertClose(brierScore(scores, truths, weights), probabilities.weightedBrier);
  assertClose(multiclassBrierScore(stack(many), classes), probabilities.multiclassBrier);
});

test("the calibration curve is that of scikit-learn, and the error is the mean of its gaps", () => {
  const { scores, truths, curve, calibrationError } = probabilities;
  const filled = calibrationCurve(scores, truths).filter(({ count }) => count > 0);
  assertClose(
    filled.map(({ observed }) => observed),
    curve.observed,
  );
  assertClose(
    filled.map(({ meanProbability }) => meanProbability),
    curve.predicted,
  );
  assertClose(
    filled.map(({ count }) => count),
    curve.counts,
  );
  assertClose(expectedCalibrationError(scores, truths), calibrationError);
});

test("a sure probability is in the last bin, and an edge in the bin above it", () => {
  const counts = calibrationCurve([0, 0.5, 1], [0, 1, 1], 2).map(({ count }) => count);
  assert.deepEqual(counts, [1, 2]);
});

test("the calibration error of guesses is the gap between confidence and accuracy", () => {
  const rows = stack(Array.from({ length: 4 }, () => Float32Array.of(0.75, 0.25)));
  const ones = new Float64Array(4).fill(1);
  assertClose(calibrationErrorOf(rows, [0, 0, 0, 1])(ones), 0);
  assertClose(calibrationErrorOf(rows, [0, 0, 0, 0])(ones), 0.25);
  assertClose(calibrationErrorOf(rows, [1, 1, 1, 1])(ones), 0.75);
  assertClose(calibrationErrorOf(rows, [0, 0, 0, 1])(Float64Array.of(1, 1, 1, 0)), 0.25);
});

test("gaps of different bins do not cancel out", () => {
  assertClose(expectedCalibrationError([0.9, 0.6], [0, 1]), (0.9 + 0.4) / 2);
});

test("what is no probability is refused", () => {
  for (const [wrong, message] of [
    [[0.5, 1.01], /the probability of row 1 is 1\.01, needed: a number from 0 to 1/],
    [[Number.NaN, 0.5], /row 0 is NaN/],
  ] as const) {
    assert.throws(() => brierScore(wrong, [0, 1]), { code: "invalid-data", message });
    assert.throws(() => expectedCalibrationError(wrong, [0, 1]), { code: "invalid-data", message });
  }
});

test("softmax stays finite at large scales", () => {
  const { values } = softmaxRows(stack([Float32Array.of(1, 0.5, -1)]), 1000);
  assert.deepEqual([...values], [1, 0, 0]);
  assertClose(softmaxRows(stack([Float32Array.of(0, Math.log(3))])).values[1], 0.75);
});

test("log odds order rows as their probabilities do, also beyond the precision of these", () => {
  const rows = stack([Float32Array.of(0.1, 0.7, 0.2), Float32Array.of(-1, 0, 3)]);
  const shares = softmaxRows(rows, 2).values;
  const logOdds = logOddsRows(rows, 2).values;
  for (const [i, share] of shares.entries()) assertClose(1 / (1 + Math.exp(-logOdds[i])), share, { tolerance: 1e-6 });
  const sure = logOddsRows(stack([Float32Array.of(1, 0), Float32Array.of(0.9, 0)]), 100).values;
  assert.ok(sure[0] > sure[2]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { expectedCalibrationError } from "../../bench/tasks/calibration.ts";
import { logOddsRows, softmaxRows, stack } from "../../bench/tasks/matrix.ts";

const close = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-6, `${a} is not ${b}`);

test("the calibration error is the gap between confidence and accuracy", () => {
  const probabilities = stack(Array.from({ length: 4 }, () => Float32Array.of(0.75, 0.25)));
  close(expectedCalibrationError(probabilities, [0, 0, 0, 1])(new Float64Array(4).fill(1)), 0);
  close(expectedCalibrationError(probabilities, [0, 0, 0, 0])(new Float64Array(4).fill(1)), 0.25);
  close(expectedCalibrationError(probabilities, [1, 1, 1, 1])(new Float64Array(4).fill(1)), 0.75);
  close(expectedCalibrationError(probabilities, [0, 0, 0, 1])(Float64Array.of(1, 1, 1, 0)), 0.25);
});

test("gaps of different bins do not cancel out", () => {
  const probabilities = stack([Float32Array.of(0.9, 0.1), Float32Array.of(0.6, 0.4)]);
  close(expectedCalibrationError(probabilities, [1, 0])(Float64Array.of(1, 1)), (0.9 + 0.4) / 2);
});

test("softmax stays finite at large scales", () => {
  const { values } = softmaxRows(stack([Float32Array.of(1, 0.5, -1)]), 1000);
  assert.deepEqual([...values], [1, 0, 0]);
  close(softmaxRows(stack([Float32Array.of(0, Math.log(3))])).values[1], 0.75);
});

test("log odds order rows as their probabilities do, also beyond the precision of these", () => {
  const rows = stack([Float32Array.of(0.1, 0.7, 0.2), Float32Array.of(-1, 0, 3)]);
  const probabilities = softmaxRows(rows, 2).values;
  const logOdds = logOddsRows(rows, 2).values;
  for (const [i, share] of probabilities.entries()) close(1 / (1 + Math.exp(-logOdds[i])), share);
  const sure = logOddsRows(stack([Float32Array.of(1, 0), Float32Array.of(0.9, 0)]), 100).values;
  assert.ok(sure[0] > sure[2]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { progressLine } from "../../src/cli/progress.ts";

test("a line shows the share done, the rate and the time left", () => {
  assert.equal(
    progressLine(4_200, 10_000, 100, "inputs"),
    "[##########--------------] 4,200 of 10,000 inputs, 100/s, 58 s left",
  );
});

test("slow rates have a decimal; the time left is told in seconds, minutes or hours", () => {
  assert.match(progressLine(15, 100, 1.5, "inputs"), /, 1\.5\/s, 57 s left$/);
  assert.match(progressLine(10, 1_010, 1, "inputs"), /, 1\.0\/s, 17 min left$/);
  assert.match(progressLine(10, 100_000, 1, "inputs"), /, 1\.0\/s, 27\.8 h left$/);
});

test("without a total there is no bar; before anything is done there is no time left", () => {
  assert.equal(progressLine(30, undefined, 15, "inputs"), "30 inputs, 15/s");
  assert.equal(progressLine(0, 10, 0, "inputs"), "[------------------------] 0 of 10 inputs, 0.0/s");
  assert.equal(progressLine(0, 0, 0, "inputs"), "0 inputs, 0.0/s");
});

test("more than announced fills the bar and no more", () => {
  assert.match(progressLine(12, 10, 12, "inputs"), /^\[#{24}\] 12 of 10 inputs, 12\/s, 0 s left$/);
});

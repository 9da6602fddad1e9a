import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { countCuts, rankScores } from "../../../src/applications/metrics/ranking.ts";
import { findOperatingPoints, OPERATING_POINTS } from "../../../src/applications/operating-points/operating-points.ts";
import { predictiveValues } from "../../../src/applications/operating-points/predictive-values.ts";
import { callThreeWay, isNeverPossible } from "../../../src/applications/operating-points/three-way-call.ts";
import { figuresAt, sensitivityThreshold } from "../../../src/applications/operating-points/thresholds.ts";
import { assertClose, reference } from "../reference.ts";

const { points } = reference("operating-points");

for (const [number, { scores, truths, points: expected }] of points.entries()) {
  test(`thresholds and their figures are those of scikit-learn: case ${number}`, () => {
    const cuts = countCuts(rankScores(scores, truths));
    for (const [name, choose] of Object.entries(OPERATING_POINTS)) {
      const threshold = choose(cuts);
      assertClose(threshold ?? Number.NaN, expected[name].threshold, { what: name });
      const figures = figuresAt(threshold as number, cuts);
      for (const [figure, value] of Object.entries(figures))
        assertClose(value, expected[name][figure], { what: figure });
    }
  });
}

test("an operating point has an interval for the threshold and for each of its figures", () => {
  const [{ scores, truths }] = points;
  const groups = scores.map((_: number, row: number) => `patient ${row >> 1}`);
  const ranked = rankScores(scores, truths);
  const found = findOperatingPoints(ranked, groups, { seed: 0, rounds: 200 });
  assert.deepEqual(Object.keys(found), Object.keys(OPERATING_POINTS));
  const { threshold, sensitivity } = found.sensitivity90 ?? assert.fail();
  assert.equal(threshold.value, sensitivityThreshold(countCuts(ranked), 0.9));
  assert.ok(threshold.low < threshold.value && threshold.value < threshold.high);
  assert.ok(sensitivity.low < 0.9 && sensitivity.high > 0.9, "the promise is one of this sample only");
});

const rows = fc.array(fc.record({ score: fc.integer({ min: 0, max: 9 }), positive: fc.boolean() }), { minLength: 1 });

test("no positive within the promised share is called negative, ties included", () => {
  fc.assert(
    fc.property(rows, fc.double({ min: 0.01, max: 1, noNaN: true }), (drawn, target) => {
      const scores = drawn.map(({ score }) => score);
      const ruleOut = sensitivityThreshold(
        countCuts(
          rankScores(
            scores,
            drawn.map(({ positive }) => positive),
          ),
        ),
        target,
      );
      const positives = drawn.filter(({ positive }) => positive);
      if (ruleOut === undefined) return assert.equal(positives.length, 0);
      const lost = positives.filter(
        ({ score }) => callThreeWay(score, { ruleIn: Number.POSITIVE_INFINITY, ruleOut }) === "negative",
      );
      assert.ok((positives.length - lost.length) / positives.length >= target);
    }),
  );
});

test("a score on the threshold to rule out is not called negative", () => {
  const thresholds = { ruleIn: 0.8, ruleOut: 0.2 };
  const calls = [0.19, 0.2, 0.79, 0.8].map((score) => callThreeWay(score, thresholds));
  assert.deepEqual(calls, ["negative", "possible", "possible", "positive"]);
  assert.throws(() => callThreeWay(Number.NaN, thresholds), { code: "invalid-data" });
});

test("thresholds that leave nothing open are told", () => {
  assert.equal(isNeverPossible({ ruleIn: 0.5, ruleOut: 0.5 }), true);
  assert.equal(isNeverPossible({ ruleIn: 0.5, ruleOut: 0.4 }), false);
  assert.equal(callThreeWay(0.6, { ruleIn: 0.5, ruleOut: 0.7 }), "positive", "the threshold to rule in is tried first");
});

test("scores that say nothing, and rows of one side only, give no threshold", () => {
  const choices = Object.values(OPERATING_POINTS);
  const of = (scores: number[], truths: number[]) =>
    choices.map((choose) => choose(countCuts(rankScores(scores, truths))));
  const [youden] = of([0.9, 0.1], [0, 1]);
  assert.equal(youden, undefined, "worse than chance");
  assert.deepEqual(of([0.9, 0.1], [0, 0]).slice(0, 2), [undefined, undefined]);
  assert.equal(of([0.9, 0.1], [0, 0])[3], undefined);
  assert.equal(of([0.9, 0.1], [1, 1])[2], undefined);
});

test("predictive values are those of the rows at their own prevalence, and follow Bayes at another", () => {
  const [{ scores, truths }] = points;
  const { positivePredictiveValue, negativePredictiveValue, ...figures } = figuresAt(
    0.45,
    countCuts(rankScores(scores, truths)),
  );
  const own = predictiveValues(figures, figures.prevalence);
  assertClose(
    [own.positivePredictiveValue, own.negativePredictiveValue],
    [positivePredictiveValue, negativePredictiveValue],
  );
  const rare = predictiveValues({ sensitivity: 0.9, specificity: 0.9 }, 0.01);
  assertClose([rare.positivePredictiveValue, rare.negativePredictiveValue], [0.009 / 0.108, 0.891 / 0.892]);
  assert.throws(() => predictiveValues({ sensitivity: 0.9, specificity: 0.9 }, 10), { code: "invalid-data" });
});

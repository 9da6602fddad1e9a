import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { stack } from "../../../src/applications/matrix.ts";
import {
  averagePrecision,
  meanAveragePrecision,
  precisionRecallCurve,
} from "../../../src/applications/metrics/precision-recall.ts";
import { countCuts, rankClasses, rankScores } from "../../../src/applications/metrics/ranking.ts";
import {
  areaUnderCurve,
  falsePositiveRateAt,
  meanAreaUnderCurve,
  rocCurve,
} from "../../../src/applications/metrics/roc.ts";
import { assertClose, reference } from "../reference.ts";

const { binary, probabilities } = reference("metrics");

for (const [number, { scores, truths, weights, ...expected }] of binary.entries()) {
  test(`the figures of scores are those of scikit-learn: case ${number}`, () => {
    const ranked = rankScores(scores, truths);
    for (const variant of ["plain", "weighted"]) {
      const cuts = countCuts(ranked, variant === "weighted" ? weights : undefined);
      assertClose(areaUnderCurve(cuts), expected[variant].areaUnderCurve);
      assertClose(averagePrecision(cuts), expected[variant].averagePrecision);
      assertClose(falsePositiveRateAt(0.95, cuts), expected[variant].falsePositiveRateAt95);
    }
  });

  test(`the curves of scores are those of scikit-learn: case ${number}`, () => {
    const cuts = countCuts(rankScores(scores, truths));
    for (const [name, values] of Object.entries(rocCurve(cuts)))
      assertClose(values, expected.roc[name], { what: name });
    for (const [name, values] of Object.entries(precisionRecallCurve(cuts))) {
      assertClose(values, expected.precisionRecall[name], { what: name });
    }
  });
}

test("the means over classes, each against the rest, are those of scikit-learn", () => {
  const ranked = rankClasses(stack(probabilities.many), probabilities.classes);
  assertClose(meanAreaUnderCurve(ranked), probabilities.meanArea);
  assertClose(meanAveragePrecision(ranked), probabilities.meanAveragePrecision);
});

test("a class that no row shows is left out of the means", () => {
  const scores = stack([Float32Array.of(3, 0, 0), Float32Array.of(2, 1, 0), Float32Array.of(0, 1, 0)]);
  // Class 0 is perfect; class 1 ties with the row of class 2 and beats that of class 0; class 2 has ties only.
  assert.equal(meanAreaUnderCurve(rankClasses(scores, [0, 1, 2])), (1 + 0.75 + 0.5) / 3);
  assert.equal(meanAreaUnderCurve(rankClasses(scores, [0, 1, 1])), (1 + 1) / 2);
  assert.equal(meanAveragePrecision(rankClasses(scores, [0, 1, 1])), 1);
});

const row = fc.record({ score: fc.integer({ min: -3, max: 3 }), positive: fc.boolean(), weight: fc.nat(3) });

test("the area under the curve is the share of pairs in the right order", () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (rows) => {
      let [right, pairs] = [0, 0];
      for (const a of rows.filter(({ positive }) => positive)) {
        for (const b of rows.filter(({ positive }) => !positive)) {
          right += a.weight * b.weight * (a.score > b.score ? 1 : a.score === b.score ? 0.5 : 0);
          pairs += a.weight * b.weight;
        }
      }
      const ranked = rankScores(
        rows.map(({ score }) => score),
        rows.map(({ positive }) => positive),
      );
      const area = areaUnderCurve(
        countCuts(
          ranked,
          rows.map(({ weight }) => weight),
        ),
      );
      if (pairs === 0) assert.ok(Number.isNaN(area));
      else assert.ok(Math.abs(area - right / pairs) < 1e-12);
    }),
  );
});

test("any numbers are ranked as a sort that compares does it", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true })), (scores) => {
      const { order, thresholds, ends } = rankScores(scores, new Uint8Array(scores.length));
      const falling = Float64Array.from(scores).sort().reverse();
      assert.deepEqual(
        Array.from(order, (place) => scores[place] + 0),
        Array.from(falling, (score) => score + 0),
      );
      assert.deepEqual([...thresholds], [...new Set(Array.from(falling, (score) => score + 0))]);
      assert.equal(ends.at(-1) ?? 0, scores.length);
    }),
  );
});

test("where one side is missing there is no area, and where nothing is positive no precision", () => {
  const negatives = countCuts(rankScores([1, 2], [0, 0]));
  const positives = countCuts(rankScores([1, 2], [1, 1]));
  assertClose([areaUnderCurve(negatives), areaUnderCurve(positives)], ["nan", "nan"]);
  assertClose([falsePositiveRateAt(0.95, negatives), falsePositiveRateAt(0.95, positives)], ["nan", "nan"]);
  assertClose([averagePrecision(negatives), averagePrecision(positives)], ["nan", 1]);
  assertClose(areaUnderCurve(countCuts(rankScores([], []))), "nan");
});

test("a score that is not a number is refused", () => {
  const refusal = { code: "invalid-data", message: /the score of row 1 is NaN/ };
  assert.throws(() => rankScores([1, Number.NaN], [0, 1]), refusal);
  assert.throws(() => rankScores([1, 2], [0]), { code: "invalid-data", message: /2 scores and 1 truths/ });
});

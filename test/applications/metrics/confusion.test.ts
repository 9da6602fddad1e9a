import assert from "node:assert/strict";
import { test } from "node:test";
import {
  accuracy,
  balancedAccuracy,
  classificationScores,
  confusionMatrix,
  matthewsCorrelation,
  shareOfTruths,
} from "../../../src/applications/metrics/confusion.ts";
import { assertClose, reference } from "../reference.ts";

for (const [number, { classes, truths, guesses, weights, ...expected }] of reference(
  "metrics",
).classification.entries()) {
  for (const variant of ["plain", "weighted"] as const) {
    test(`the figures of guesses are those of scikit-learn: case ${number}, ${variant}`, () => {
      const figures = expected[variant];
      const confusion = confusionMatrix(truths, guesses, classes, variant === "weighted" ? weights : undefined);
      assertClose(confusion.counts, figures.confusion);
      assertClose(shareOfTruths(confusion), figures.shareOfTruths);
      assertClose(accuracy(confusion), figures.accuracy);
      assertClose(balancedAccuracy(confusion), figures.balancedAccuracy);
      assertClose(matthewsCorrelation(confusion), figures.matthews);
      const { perClass, ...averages } = classificationScores(confusion);
      for (const score of ["precision", "recall", "f1", "support"] as const) {
        const own = perClass.map((scores) => scores[score]);
        assertClose(own, figures.perClass[score], { what: score });
      }
      for (const [name, { precision, recall, f1 }] of Object.entries(averages)) {
        assertClose([precision, recall, f1], figures[name], { what: name });
      }
    });
  }
}

test("a row of weight 3 counts three times", () => {
  const confusion = confusionMatrix([0, 0, 0, 0, 1], [0, 0, 0, 1, 1], 2, [1, 1, 1, 3, 1]);
  assert.equal(balancedAccuracy(confusion), (3 / 6 + 1) / 2);
});

test("a guess of one class everywhere has a balanced accuracy of chance and no correlation", () => {
  const confusion = confusionMatrix([0, 1, 2, 2, 2], [2, 2, 2, 2, 2], 3);
  assert.equal(balancedAccuracy(confusion), 1 / 3);
  assert.equal(matthewsCorrelation(confusion), 0);
});

test("without rows there is no accuracy", () => {
  const nothing = confusionMatrix([], [], 2);
  assertClose([accuracy(nothing), balancedAccuracy(nothing)], ["nan", "nan"]);
});

test("a number that is no class is refused", () => {
  const refusal = { code: "invalid-data", message: /row 1 has the classes 2 and 0, needed: 0 to 1/ };
  assert.throws(() => confusionMatrix([0, 2], [0, 0], 2), refusal);
  assert.throws(() => confusionMatrix([0, Number.NaN], [0, 0], 2), { code: "invalid-data" });
  assert.throws(() => confusionMatrix([0, 1], [0], 2), { code: "invalid-data", message: /2 truths and 1 guesses/ });
});

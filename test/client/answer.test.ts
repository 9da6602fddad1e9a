import assert from "node:assert/strict";
import { test } from "node:test";
import { readAnswer } from "../../src/client/answer.ts";
import type { Cells } from "../../src/client/row.ts";
import { ScoringError } from "../../src/client/scoring-error.ts";

const IMAGE: Cells = { image: "AA" };
const TEXT: Cells = { text: "a" };
const BOTH: Cells = { ...IMAGE, ...TEXT };
const vector = (...values: number[]) => Float32Array.from(values);

const READ: [name: string, rows: Cells[], answer: unknown, results: unknown][] = [
  [
    "image vectors nested, text vectors flat",
    [BOTH, TEXT],
    [
      { image_features: [[0.5, 0.25]], text_features: [1, 2], scaling_factor: 4.5 },
      { text_features: [3, 4], scaling_factor: 4.5 },
    ],
    [
      { image: vector(0.5, 0.25), text: vector(1, 2), scalingFactor: 4.5 },
      { text: vector(3, 4), scalingFactor: 4.5 },
    ],
  ],
  [
    "the other way round, without a factor, as older versions answer",
    [BOTH],
    [{ image_features: [1, 2], text_features: [[3, 4]] }],
    [{ image: vector(1, 2), text: vector(3, 4) }],
  ],
  [
    "one object for all rows",
    [TEXT, BOTH, IMAGE],
    { image_features: [[1], [2]], text_features: [[3], [4]], scaling_factor: 4.5 },
    [
      { text: vector(3), scalingFactor: 4.5 },
      { image: vector(1), text: vector(4), scalingFactor: 4.5 },
      { image: vector(2), scalingFactor: 4.5 },
    ],
  ],
  [
    "the labels of a classifier",
    [IMAGE],
    [
      [
        { label: "normal", score: 0.75, extra: 1 },
        { label: "esophagitis", score: 0.25 },
      ],
    ],
    [
      {
        labels: [
          { label: "normal", score: 0.75 },
          { label: "esophagitis", score: 0.25 },
        ],
      },
    ],
  ],
];

for (const [name, rows, answer, results] of READ) {
  test(`${name}: read`, () => assert.deepEqual(readAnswer(answer, rows, undefined), results));
}

test("a row that failed alone is an error among the results, without the key and without control characters", () => {
  const error = {
    code: "image_undecodable",
    message: "row 1, image: no PNG,\u001b[2J my-key",
    row: 1,
    column: "image",
  };
  const [good, bad] = readAnswer([{ image_features: [[1]] }, { error }], [IMAGE, IMAGE], "my-key");
  assert.deepEqual(good, { image: vector(1) });
  assert.ok(bad instanceof ScoringError);
  assert.equal(bad.message, "row 1, image: no PNG, [2J … (image_undecodable)");
  assert.deepEqual([bad.kind, bad.code, bad.row, bad.column], ["input", "image_undecodable", 1, "image"]);
});

const WRONG: [name: string, rows: Cells[], answer: unknown, fault: RegExp][] = [
  ["a string", [IMAGE], "welcome", /neither a list nor an object/],
  ["too few rows", [IMAGE, IMAGE], [{ image_features: [[1]] }], /has 1 rows for 2/],
  ["a row without the vector", [IMAGE, TEXT], [{ image_features: [[1]] }, {}], /^row 1: .*text_features are no vector/],
  ["an empty vector", [TEXT], [{ text_features: [] }], /no vector/],
  ["a vector with a hole", [TEXT], [{ text_features: [1, null] }], /no vector/],
  ["two vectors for one", [IMAGE], [{ image_features: [[1], [2]] }], /no vector/],
  ["an object with a vector too few", [IMAGE, IMAGE], { image_features: [[1]] }, /image_features are not the 2 sent/],
  ["a factor in words", [TEXT], [{ text_features: [1], scaling_factor: "4.5" }], /factor is no number/],
  ["labels without scores", [IMAGE], [[{ label: "a" }]], /labels are not/],
  ["null for a row", [IMAGE], [null], /neither an object nor a list/],
];

for (const [name, rows, answer, fault] of WRONG) {
  test(`${name}: not taken for an answer`, () => {
    assert.throws(
      () => readAnswer(answer, rows, undefined),
      (error: unknown) => error instanceof ScoringError && error.kind === "answer" && fault.test(error.message),
    );
  });
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluateLabels, LABEL_FIGURES } from "../../src/applications/evaluate-labels.ts";
import { labelRecords, labelSections } from "../../src/applications/label-sections.ts";
import { reportPage } from "../../src/reports/page.ts";
import { assertClose } from "./reference.ts";

const BOOTSTRAP = { seed: 0, rounds: 100 };
const LABELS = ["effusion", "pneumonia", "fracture"];
const [YES, NO, UNKNOWN] = [true, false, undefined];
/** Of these log odds: 3/4, 1/4, 9/10, 1/2. */
const [THREE_QUARTERS, QUARTER, NINE_TENTHS, HALF] = [Math.log(3), -Math.log(3), Math.log(9), 0];
const truths = {
  isPresent: [
    [YES, NO, YES, NO],
    [NO, UNKNOWN, YES, UNKNOWN],
    [NO, NO, NO, NO],
  ],
  groups: ["a", "a", "b", "c"],
};
const logOdds = {
  rows: 4,
  columns: 3,
  values: Float32Array.from([
    ...[THREE_QUARTERS, QUARTER, QUARTER],
    ...[NINE_TENTHS, NINE_TENTHS, QUARTER],
    ...[HALF, THREE_QUARTERS, QUARTER],
    ...[QUARTER, NINE_TENTHS, QUARTER],
  ]),
};
const report = evaluateLabels(logOdds, truths, LABELS, BOOTSTRAP);
const valuesOf = (figures: (typeof report)["macro"], ...names: (keyof typeof LABEL_FIGURES)[]) =>
  names.map((name) => figures[name].value);

test("each label is measured by itself, with 0.5 called absent", () => {
  const [effusion] = report.perLabel;
  assert.deepEqual([report.rows, report.groups, effusion.rows, effusion.present], [4, 3, 4, 2]);
  // By falling score: absent 0.9, present 0.75, present 0.5, absent 0.25.
  assertClose(valuesOf(effusion.figures, "area", "averagePrecision"), [1 / 2, (1 / 2 + 2 / 3) / 2]);
  // Called are 0.9 and 0.75: one of each.
  const names = [
    "sensitivity",
    "specificity",
    "positivePredictiveValue",
    "negativePredictiveValue",
    "f1",
    "prevalence",
  ] as const;
  assertClose(valuesOf(effusion.figures, ...names), [1 / 2, 1 / 2, 1 / 2, 1 / 2, 1 / 2, 1 / 2]);
  const errors = [0.25, 0.9, 0.5, 0.25];
  const close = (actual: number, expected: number) => assert.ok(Math.abs(actual - expected) < 1e-6, `${actual}`); // float32
  close(effusion.figures.brier.value, errors.reduce((sum, error) => sum + error ** 2, 0) / 4);
  close(effusion.figures.calibrationError.value, errors.reduce((sum, error) => sum + error, 0) / 4);
});

test("rows of which nobody knows do not count, and a label without one of the sides has no area and is in no mean of it", () => {
  const [effusion, pneumonia, fracture] = report.perLabel;
  assert.deepEqual([pneumonia.rows, pneumonia.present, fracture.present], [2, 1, 0]);
  assertClose(valuesOf(pneumonia.figures, "area", "averagePrecision", "sensitivity", "specificity"), [1, 1, 1, 1]);
  assert.ok(Number.isNaN(fracture.figures.area.value) && Number.isNaN(fracture.figures.sensitivity.value));
  assert.equal(fracture.figures.specificity.value, 1);
  assertClose(valuesOf(report.macro, "area", "specificity"), [
    (effusion.figures.area.value + 1) / 2,
    (effusion.figures.specificity.value + 1 + 1) / 3,
  ]);
});

test("intervals come from drawing whole groups", () => {
  const { value, low, high } = report.perLabel[0].figures.prevalence;
  assert.ok(low < value && value < high);
  const oneGroup = evaluateLabels(logOdds, { ...truths, groups: ["a", "a", "a", "a"] }, LABELS, BOOTSTRAP);
  assert.deepEqual(oneGroup.perLabel[0].figures.prevalence, { value, low: value, high: value });
});

test("no rows are refused", () => {
  const none = { rows: 0, columns: 3, values: new Float32Array() };
  assert.throws(() => evaluateLabels(none, { isPresent: [[], [], []], groups: [] }, LABELS, BOOTSTRAP), {
    code: "invalid-data",
  });
});

test("the page has curves of the labels that have both sides, and plots of all; records are as those of classifiers", () => {
  const page = reportPage({ title: "t", about: [], sections: labelSections({ logOdds, truths, report }) });
  assert.match(page, /effusion, AUC 0\.500: above 0\.5/);
  assert.match(page, /pneumonia, AP 1\.000: above 0\.5/);
  assert.doesNotMatch(page, /fracture, A/);
  assert.equal(page.match(/<svg /g)?.length, 1 + 2 + 3 + 3);
  const [head, ...lines] = labelRecords(report, "zero-shot");
  assert.equal(lines.length, 4 * Object.keys(LABEL_FIGURES).length + 3 * 2);
  assert.ok(lines.every(({ length }) => length === head.length));
  assert.deepEqual(lines.find(([, label, , figure]) => label === "fracture" && figure === "area")?.slice(4), [
    "",
    "",
    "",
  ]);
});

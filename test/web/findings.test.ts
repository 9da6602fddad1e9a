import assert from "node:assert/strict";
import { test } from "node:test";
import { auditOf, findingsOf } from "../../web/src/exams/findings.ts";
import { countScores } from "../../web/src/outliers/bins.ts";

const exam = (id: string, modality: [string | null, string | null, number], echo: (number | null)[]) => {
  const [header, predicted, low, high] = echo;
  return {
    id,
    source: `/${id}.dcm`,
    labels: {
      modality: { header: modality[0], predicted: modality[1], share: modality[2] },
      view: { header: null, predicted: null, share: 0 },
    },
    numbers: { echoTime: { header, predicted, low, high } },
  };
};
const EXAMS = [
  exam("a", ["CT", "CT", 1], [20, 22, 10, 30]),
  exam("b", ["CT", "MR", 0.7], [90, 22, 10, 30]),
  exam("c", ["CT", "CR", 0.9], [90, 22, null, null]),
  exam("d", [null, "MR", 0.8], [null, 22, 10, 30]),
  exam("e", ["US", null, 0.4], [5, null, null, null]),
];

test("disagreements come before what headers lack, abstentions and what agrees, the clearest first", () => {
  const found = findingsOf(EXAMS, ["modality"]).map(({ id, kind }) => [id, kind]);
  assert.deepEqual(found, [
    ["c", "disagrees"],
    ["b", "disagrees"],
    ["d", "missing"],
    ["e", "unclear"],
    ["a", "agrees"],
  ]);
});

test("a number disagrees outside its interval; without an interval nothing can", () => {
  const found = findingsOf(EXAMS, ["echoTime"]).map(({ id, kind }) => `${id} ${kind}`);
  assert.deepEqual(found, ["b disagrees", "d missing", "e unclear", "a agrees", "c agrees"]);
});

test("the audit counts headers of all fields, and findings of those that were learned", () => {
  const learned = ["modality"];
  const audit = auditOf(EXAMS, learned, findingsOf(EXAMS, learned));
  assert.deepEqual(audit, [
    { field: "modality", isLearned: true, told: 4, missing: 1, known: 1, disagree: 2 },
    { field: "view", isLearned: false, told: 0, missing: 5, known: 0, disagree: 0 },
    { field: "echoTime", isLearned: false, told: 4, missing: 1, known: 0, disagree: 0 },
  ]);
});

test("every score is in a bar, and the line can stand beyond all of them", () => {
  const { low, high, judged, reference } = countScores([1, 2, 3, 3], [0.5, 2]);
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  assert.deepEqual([sum(judged), sum(reference)], [4, 2]);
  assert.ok(low < 0.5 && high > 3);
  const same = countScores([1, 1], [1]);
  assert.ok(same.low < 1 && same.high > 1 && sum(same.judged) === 2);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { joinLabels, type LabelRow } from "../../src/applications/join-labels.ts";
import { stack } from "../../src/applications/matrix.ts";
import type { VectorSet } from "../../src/applications/vector-set.ts";

const IDS = ["a.png", "b.png", "c.png", "d.png"];
const set: VectorSet = {
  ids: IDS,
  vectors: stack(IDS.map((_, i) => Float32Array.of(i, 1))),
  space: { model: "m", weights: "0f", profile: "direct", dimensions: 2 },
};
const row = (id: string, label: string, told: Partial<LabelRow> = {}, line = 2): LabelRow => ({
  id,
  label,
  line,
  cells: { id, label },
  ...told,
});
const grouped = (id: string, label: string, split?: string) => row(id, label, { group: `patient of ${id}`, split });

test("labels come to the vectors with their ids, in the order of the vectors; classes are in the order of their names", () => {
  const joined = joinLabels(set, [grouped("d.png", "normal"), grouped("a.png", "pneumonia"), grouped("c.png", "")]);
  assert.deepEqual(joined.ids, ["a.png", "d.png"]);
  assert.deepEqual(joined.names, ["normal", "pneumonia"]);
  assert.deepEqual([...joined.labels], [1, 0]);
  assert.deepEqual([...joined.vectors.values], [0, 1, 3, 1]);
  assert.deepEqual(joined.notes, ["2 vectors have no label and are left out"]);
});

test("rows of one patient are a group; rows without one are their own", () => {
  const { groups, notes } = joinLabels(set, [
    row("a.png", "x", { group: "p1" }),
    row("b.png", "y", { group: "p1" }),
    row("c.png", "y"),
    row("d.png", "y", { group: "" }),
  ]);
  assert.equal(groups[0], groups[1]);
  assert.equal(new Set(groups).size, 3);
  assert.match(notes.join(), /rows without a group are taken for independent/);
});

test("a column split is followed, and a patient on both sides is told", () => {
  const { split, notes } = joinLabels(set, [
    row("a.png", "x", { group: "p1", split: "train" }),
    row("b.png", "y", { group: "p1", split: "test" }),
    row("c.png", "y", { group: "p2", split: "val" }),
    row("d.png", "y", { group: "p3", split: "" }),
  ]);
  assert.deepEqual(split, { train: Int32Array.of(0), validation: Int32Array.of(2), test: Int32Array.of(1) });
  assert.deepEqual(notes, ["1 groups are in more than one part: the figures will be too good"]);
});

test("a label that looks like a frequent one is told", () => {
  const ids = Array.from({ length: 12 }, (_, i) => `${i}.png`);
  const many = { ...set, ids, vectors: stack(ids.map(() => Float32Array.of(1, 1))) };
  const labels = ids.map((id, i) =>
    grouped(id, ["pneumona", "normal", "Normal "][i] ?? (i % 2 ? "pneumonia" : "edema")),
  );
  assert.deepEqual(joinLabels(many, labels).notes, [
    '"pneumona" (rows: 1) looks like "pneumonia" (rows: 5): are they two labels?',
  ]);
});

const REFUSED: readonly { name: string; rows: readonly LabelRow[]; known?: readonly string[]; message: RegExp }[] = [
  {
    name: "an id that is there twice",
    rows: [row("a.png", "x"), row("a.png", "y", {}, 9)],
    message: /^lines 2 and 9 of the labels have the same id: each must be there once$/,
  },
  {
    name: "ids of other files",
    rows: [row("elsewhere/a.png", "x")],
    message:
      /^none of the 1 ids of the labels is that of a vector: ids are the paths as medembed embed was given them$/,
  },
  {
    name: "a label that the adapter does not know, with the nearest",
    rows: [row("a.png", "pneumonai", {}, 5)],
    known: ["normal", "pneumonia"],
    message: /^line 5: there is no label "pneumonai"; did you mean "pneumonia"\?$/,
  },
  {
    name: "a label that is like none",
    rows: [row("a.png", "fracture", {}, 5)],
    known: ["normal", "pneumonia"],
    message: /^line 5: there is no label "fracture"; known are "normal", "pneumonia"$/,
  },
  {
    name: "a mistyped part",
    rows: [row("a.png", "x", { split: "tain" }, 7)],
    message: /^line 7: the split is "tain", needed: train, validation, test; did you mean "train"\?$/,
  },
];

for (const { name, rows, known, message } of REFUSED) {
  test(`refused: ${name}`, () => {
    assert.throws(() => joinLabels(set, rows, known), { code: "invalid-data", message });
  });
}

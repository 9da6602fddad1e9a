import assert from "node:assert/strict";
import { test } from "node:test";
import type { Matrix } from "../../../src/applications/matrix.ts";
import { evaluateRetrieval, type RetrievalReport } from "../../../src/applications/retrieval/evaluate-retrieval.ts";
import { type RetrievalItems, rankGallery, takeItems } from "../../../src/applications/retrieval/rank-gallery.ts";
import { rankVolumes, slicesByVolume } from "../../../src/applications/retrieval/rank-volumes.ts";
import { all, heads } from "../heads/small-vectors.ts";
import { assertClose, reference } from "../reference.ts";

const expected = reference("retrieval");
const ranks: number[] = expected.ranks;
const bootstrap = { seed: 0, rounds: 20 };
const ids = Array.from(all.labels, (_, row) => `pictures/${row}.png`);
const everything: RetrievalItems = { ...all, ids };
const eachApart: RetrievalItems = { ...everything, groups: ids };

function assertFigures({ atRanks }: RetrievalReport, wanted: Record<string, Record<string, unknown>>[]): void {
  for (const [i, { k, figures }] of atRanks.entries()) {
    for (const [figure, means] of Object.entries(figures)) {
      const { micro, macro, perLabel } = wanted[i][figure];
      assertClose(means.micro.value, micro, { what: `${figure} ${k} micro` });
      assertClose(means.macro.value, macro, { what: `${figure} ${k} macro` });
      assertClose(means.perLabel, perLabel, { what: `${figure} ${k} per label` });
      assert.ok(means.micro.low <= means.micro.value + 0.05 && means.micro.low <= means.micro.high);
    }
  }
}

for (const [name, queries, gallery, likeness] of [
  ["patientsApart", everything, everything, undefined],
  ["itselfApart", eachApart, eachApart, undefined],
  ["withoutNearDuplicates", eachApart, eachApart, expected.likeness],
  [
    "testAmongOthers",
    takeItems(eachApart, heads.test),
    takeItems(
      eachApart,
      [...all.labels.keys()].filter((row) => !heads.test.includes(row)),
    ),
    undefined,
  ],
] as const) {
  test(`${name}: every figure is that of numpy and scikit-learn`, () => {
    const found = rankGallery(queries, gallery, { depth: Math.max(...ranks), likeness });
    assertFigures(evaluateRetrieval(found, queries, { classes: 4, ranks, bootstrap }), expected[name]);
  });
}

test("volumes are compared by every aggregate and every vote as numpy does", () => {
  const slices = slicesByVolume(
    { ids: ids.map((_, row) => `v${Math.floor(row / 3)}#${row}`), vectors: all.vectors },
    (id) => id.slice(0, id.indexOf("#")),
  );
  const volumes = [...slices].map(([id, own], i) => ({ id, label: all.labels[3 * i], group: id, slices: own }));
  const methods = rankVolumes(volumes, Math.max(...ranks));
  assert.deepEqual(Object.keys(methods), Object.keys(expected.volumes));
  const queries = { labels: Int32Array.from(volumes, ({ label }) => label), groups: volumes.map(({ id }) => id) };
  for (const [method, found] of Object.entries(methods)) {
    assertFigures(evaluateRetrieval(found, queries, { classes: 4, ranks, bootstrap }), expected.volumes[method]);
  }
});

const points = (...values: number[]): Matrix => ({
  rows: values.length,
  columns: 1,
  values: Float32Array.from(values),
});
const items = (names: string, values: number[], groups = [...names]): RetrievalItems => ({
  ids: [...names],
  vectors: points(...values),
  labels: Int32Array.from(names, (_, i) => i % 2),
  groups,
});

test("equal distances are ordered by id, wherever the rows lie", () => {
  const query = items("q", [0]);
  assert.deepEqual(rankGallery(query, items("cab", [1, -1, 1]), { depth: 3 })[0].ids, ["a", "b", "c"]);
  assert.deepEqual(rankGallery(query, items("bca", [1, 1, 1]), { depth: 2 })[0].ids, ["a", "b"]);
});

test("a query finds nothing of its own group, and what it cannot find is not relevant", () => {
  const [found] = rankGallery(items("q", [0], ["p"]), items("abcd", [1, 2, 3, 4], ["p", "p", "r", "s"]), { depth: 4 });
  assert.deepEqual(found.ids, ["c", "d"]);
  assert.equal(found.relevant, 1);
});

test("copies are told by their own vectors where others are ranked", () => {
  const gallery = items("abc", [1, 2, 3]);
  const unit = (x: number, y: number) => [x / Math.hypot(x, y), y / Math.hypot(x, y)];
  const copies = {
    queries: { rows: 1, columns: 2, values: Float32Array.from([1, 0]) },
    gallery: { rows: 3, columns: 2, values: Float32Array.from([unit(1, 0.01), unit(0, 1), unit(1, 1)].flat()) },
  };
  const [found] = rankGallery(items("q", [0]), gallery, { depth: 3, likeness: 0.99, copies });
  assert.deepEqual(found.ids, ["b", "c"]);
});

test("a query with nothing to find misses, and does not count in recall", () => {
  const found = [
    { ids: ["a"], relevance: Uint8Array.of(0), relevant: 0 },
    { ids: ["a"], relevance: Uint8Array.of(1), relevant: 1 },
  ];
  const queries = { labels: Int32Array.of(0, 1), groups: ["a", "b"] };
  const { withoutRelevant, atRanks } = evaluateRetrieval(found, queries, { classes: 2, ranks: [1], bootstrap });
  const { precision, recall, averagePrecisionOfAll } = atRanks[0].figures;
  assert.deepEqual(
    [withoutRelevant, precision.micro.value, recall.micro.value, recall.macro.value, averagePrecisionOfAll.micro.value],
    [1, 0.5, 1, 1, 1],
  );
  assert.deepEqual(recall.perLabel, [Number.NaN, 1]);
});

test("what cannot be measured is refused", () => {
  const two = items("ab", [1, 2]);
  assert.throws(() => rankGallery(two, two, { depth: 2 }), {
    code: "invalid-data",
    message: /k is 2, but there are 1 items/,
  });
  const found = rankGallery(two, two, { depth: 1 });
  const measure = (classes: number, some = found) => evaluateRetrieval(some, two, { classes, ranks: [1], bootstrap });
  assert.throws(() => measure(1), { code: "invalid-data", message: /one label only/ });
  assert.throws(() => measure(2, []), { code: "invalid-data", message: /no queries/ });
});

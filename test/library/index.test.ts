import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Library } from "../../src/library/library.ts";
import { INDEX_FROM_RECORDS } from "../../src/library/maintenance.ts";
import { measureRecall } from "../../src/library/recall.ts";
import type { VectorSpace } from "../../src/vector-space.ts";
import { dot } from "../golden-small.ts";
import { freshPlace, SPACE, storedVector, unitVector } from "./synthetic.ts";

/** Longer vectors than elsewhere: the index keeps one bit a value. */
const LONG: VectorSpace = { ...SPACE, dimensions: 128 };
const unit = (seed: string) => unitVector(seed, LONG.dimensions);
/** Real vectors lie in clusters; without any no index can find what is near. */
const centres = Array.from({ length: 40 }, (_, i) => unit(`centre ${i}`));
const RECORDS = INDEX_FROM_RECORDS + 500;

/** Near a centre, in directions that are drawn from few: to draw each value of each vector would take longer than the test. */
const DIRECTIONS = Array.from({ length: 97 }, (_, i) => unit(`direction ${i}`));
function clustered(i: number): Float32Array {
  const steps = [1, 97, 97 ** 2].map((unit) => DIRECTIONS[Math.floor(i / unit) % 97]);
  const sum = centres[i % 40].map((value, d) => steps.reduce((total, step) => total + 0.4 * step[d], value));
  const length = Math.hypot(...sum);
  return sum.map((value) => value / length);
}
const records = Array.from({ length: RECORDS }, (_, i) =>
  storedVector(`record ${i}`, { vector: clustered(i), facts: { modality: i % 2 > 0 ? "CT" : "MR" } }),
);

const library = await Library.openOrCreate({ uri: await freshPlace() }, LONG);
after(() => library.close());
await library.insert(records);

test("a large library gets an index, and what it finds is measured against an exact search", async () => {
  assert.equal((await library.stats()).indexed, undefined);
  await library.tidy();
  assert.equal((await library.stats()).indexed, RECORDS);
  const recall = await measureRecall(library);
  assert.ok(recall > 0.9 && recall <= 1, `${recall}`);
});

test("scores of the index are those of the vectors themselves, and its matches pass the filter", async () => {
  const query = clustered(12_345);
  const where = [{ field: "modality", operator: "=", values: ["CT"] }] as const;
  const matches = await library.search(query, { where, count: 20 });
  assert.equal(matches.length, 20);
  for (const { score, record } of matches) {
    assert.equal(record.facts.modality, "CT");
    assert.ok(Math.abs(score - dot(query, record.vector)) < 1e-6);
  }
  const scores = matches.map(({ score }) => score);
  assert.deepEqual(
    scores,
    scores.toSorted((a, b) => b - a),
  );
});

test("ids are still told apart, whether the index has them, they came later, or they were changed or removed", async () => {
  const known = records.slice(7, 9);
  const later = [storedVector("later", { vector: unit("later") })];
  assert.equal((await library.insert([...known, ...later])).stored, 1);
  assert.equal((await library.insert([...known, ...later])).stored, 0);
  await library.put(known.map((record) => ({ ...record, labels: { seen: "yes" } })));
  assert.equal((await library.insert([...known, ...later])).stored, 0);
  const series = [storedVector("series of more slices", { vector: unit("series") })];
  assert.equal((await library.insert(series, ["later", records[7].id])).stored, 1);
  assert.deepEqual(await library.idsAmong(["later", records[7].id, records[8].id]), new Set([records[8].id]));
  assert.equal((await library.insert([records[7]], ["series of more slices"])).stored, 1);
  assert.equal(await library.count(), RECORDS);
  await library.compact();
});

test("what was stored since the index was made is found, and compacting takes it in", async () => {
  const vector = unit("nothing like the others");
  await library.insert([storedVector("late", { vector })]);
  assert.equal((await library.stats()).indexed, RECORDS);
  assert.equal((await library.search(vector, { count: 1 }))[0].record.id, "late");
  await library.compact();
  assert.deepEqual(await library.stats().then(({ indexed, files }) => ({ indexed, files })), {
    indexed: RECORDS + 1,
    files: 1,
  });
  assert.equal((await library.search(vector, { count: 1 }))[0].record.id, "late");
});

test("a library that has become small loses its index, and is searched exactly", async () => {
  const gone = records.slice(1_000).map(({ id }) => id);
  for (let at = 0; at < gone.length; at += 5_000) {
    await library.remove([{ field: "id", operator: "=", values: gone.slice(at, at + 5_000) }]);
  }
  await library.compact();
  assert.equal((await library.stats()).indexed, undefined);
  assert.equal((await library.search(clustered(77), { count: 1 }))[0].record.id, "record 77");
});

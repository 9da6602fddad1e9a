import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Library } from "../../src/library/library.ts";
import type { Match } from "../../src/library/search.ts";
import { cosine } from "../golden-small.ts";
import { freshPlace, SPACE, storedVector, unitVector } from "./synthetic.ts";

/** As many as the reading hands over at a time, and more. */
const records = Array.from({ length: 3_000 }, (_, i) =>
  storedVector(`record ${i}`, { facts: { patient: `patient ${i % 100}`, sliceThickness: i % 7 } }),
);
const uri = await freshPlace();
const held = await Library.openOrCreate({ uri }, SPACE);
const onDisk = await Library.open({ uri, memoryBytes: 0 });
after(async () => {
  await held.close();
  await onDisk.close();
});
await held.insert(records);

function expected(query: Float32Array, count: number, wanted = records): Match[] {
  return wanted
    .map((record) => ({ score: cosine(query, record.vector), record }))
    .sort((a, b) => b.score - a.score)
    .slice(0, count);
}

function assertMatches(found: readonly Match[], wanted: readonly Match[]): void {
  assert.deepEqual(
    found.map(({ record }) => record),
    wanted.map(({ record }) => record),
  );
  for (const [i, { score }] of found.entries()) assert.ok(Math.abs(score - wanted[i].score) < 1e-12);
}

for (const [place, library] of [
  ["memory", held],
  ["on the disk", onDisk],
] as const) {
  test(`a search in ${place} finds the nearest of all records, with all that is known of them`, async () => {
    for (const seed of ["one", "two"]) {
      const query = unitVector(seed);
      assertMatches(await library.search(query), expected(query, 10));
      assertMatches(await library.search(query, { count: 200 }), expected(query, 200));
    }
  });

  test(`a search in ${place} finds the nearest of those that a filter lets through`, async () => {
    const query = unitVector("three");
    const where = [
      { field: "patient", operator: "!=", values: ["patient 7", "patient 8"] },
      { field: "sliceThickness", operator: "<", values: [3] },
    ] as const;
    const wanted = records.filter((_, i) => i % 100 !== 7 && i % 100 !== 8 && i % 7 < 3);
    assertMatches(await library.search(query, { where }), expected(query, 10, wanted));
    const none = [{ field: "patient", operator: "=", values: ["nobody"] }] as const;
    assert.deepEqual(await library.search(query, { where: none }), []);
  });
}

test("a search sees what was added, replaced and removed since the one before, also by others", async () => {
  const place = await freshPlace();
  const library = await Library.openOrCreate({ uri: place }, SPACE);
  const other = await Library.open({ uri: place });
  const query = unitVector("a");
  const ids = async () => (await library.search(query)).map(({ record }) => record.id);
  assert.deepEqual(await ids(), []);
  await library.insert([storedVector("a"), storedVector("b")]);
  assert.deepEqual((await ids()).sort(), ["a", "b"]);
  await other.insert([storedVector("c")]);
  assert.deepEqual((await ids()).sort(), ["a", "b", "c"]);
  await other.put([storedVector("a", { vector: query.map((value) => -value) })]);
  assert.equal((await ids()).at(-1), "a");
  await other.remove([{ field: "id", operator: "=", values: ["c"] }]);
  assert.deepEqual((await ids()).sort(), ["a", "b"]);
  await other.compact();
  assert.deepEqual((await ids()).sort(), ["a", "b"]);
  await library.close();
  await other.close();
});

test("records that are equally near come in the order of their ids", async () => {
  const library = await Library.openOrCreate({ uri: await freshPlace() }, SPACE);
  const vector = unitVector("the same");
  const ids = ["d", "a", "c", "e", "b"];
  for (const id of ids) await library.insert([storedVector(id, { vector })]);
  const found = await library.search(vector, { count: 3 });
  assert.deepEqual(
    found.map(({ record }) => record.id),
    ["a", "b", "c"],
  );
  await library.close();
});

test("many searches at a time, while records are added, all find what was there before", async () => {
  const library = await Library.openOrCreate({ uri: await freshPlace() }, SPACE);
  await library.insert([storedVector("known")]);
  const adding = Promise.all(Array.from({ length: 8 }, (_, i) => library.insert([storedVector(`new ${i}`)])));
  const found = await Promise.all(Array.from({ length: 20 }, () => library.search(unitVector("known"), { count: 1 })));
  assert.ok(found.every(([match]) => match.record.id === "known"));
  await adding;
  assert.equal((await library.search(unitVector("known"), { count: 20 })).length, 9);
  await library.close();
});

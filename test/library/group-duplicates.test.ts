import assert from "node:assert/strict";
import { test } from "node:test";
import { searchGroups } from "../../src/library/group-duplicates.ts";
import { Library } from "../../src/library/library.ts";
import { freshPlace, SPACE, storedVector, unitVector } from "./synthetic.ts";

/** A vector that is nearly another one. */
function nearly(vector: Float32Array, seed: string): Float32Array {
  const other = unitVector(seed);
  const sum = vector.map((value, i) => value + 0.02 * other[i]);
  const length = Math.hypot(...sum);
  return sum.map((value) => value / length);
}

const library = await Library.openOrCreate({ uri: await freshPlace() }, SPACE);
const kinds = ["a", "b", "c", "d"];
await library.insert(
  kinds.flatMap((kind) => [
    storedVector(kind),
    ...Array.from({ length: 12 }, (_, i) => storedVector(`${kind} ${i}`, { vector: nearly(unitVector(kind), `${i}`) })),
  ]),
);
const query = unitVector("a");

test("near duplicates stand behind the best of them, and as many groups are found as are asked for", async () => {
  const groups = await searchGroups(library, query, 0.99, { count: 3 });
  const kindOf = (id: string) => id[0];
  const found = groups.map(({ record }) => kindOf(record.id));
  assert.deepEqual([found.length, new Set(found).size, found[0]], [3, 3, "a"]);
  for (const { record, score, duplicates } of groups) {
    assert.ok(duplicates.length > 0);
    assert.ok(duplicates.every((match) => kindOf(match.record.id) === kindOf(record.id) && match.score <= score));
  }
  assert.equal(groups[0].duplicates.length, 12);
});

test("where there are fewer groups than were asked for, all are found", async () => {
  const groups = await searchGroups(library, query, 0.99, { count: 100 });
  assert.deepEqual(groups.map(({ record }) => record.id[0]).sort(), kinds);
  const all = groups.flatMap(({ record, duplicates }) => [record, ...duplicates.map((match) => match.record)]);
  assert.equal(new Set(all.map(({ id }) => id)).size, await library.count());
});

test("groups are made of those that a filter lets through", async () => {
  const where = [{ field: "id", operator: "^=", values: ["b"] }] as const;
  const groups = await searchGroups(library, query, 0.99, { where });
  assert.deepEqual(
    groups.map(({ record, duplicates }) => [record.id[0], duplicates.length]),
    [["b", 12]],
  );
  await library.close();
});

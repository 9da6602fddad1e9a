import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Library } from "../../src/library/library.ts";
import { readPage } from "../../src/library/page.ts";
import { freshPlace, SPACE, storedVector } from "./synthetic.ts";

const ids = Array.from({ length: 2_500 }, (_, i) => `${(i * 7919) % 2_500} \u{1f600}é`);
const library = await Library.openOrCreate({ uri: await freshPlace() }, SPACE);
after(() => library.close());
await library.insert(ids.map((id, i) => storedVector(id, { labels: { third: String(i % 3) } })));

test("pages hold every record once, in the order of the ids", async () => {
  const seen: string[] = [];
  for (let hasMore = true; hasMore; ) {
    const page = await readPage(library, { where: [], after: seen.at(-1), count: 600 });
    assert.ok(page.records.length <= 600);
    seen.push(...page.records.map(({ id }) => id));
    hasMore = page.hasMore;
  }
  assert.deepEqual(seen, [...ids].sort());
});

test("a page of some of the records knows whether others of them follow", async () => {
  const where = [{ field: "label.third", operator: "=", values: ["1"] }] as const;
  const wanted = ids.filter((_, i) => i % 3 === 1).sort();
  const all = await readPage(library, { where, after: undefined, count: wanted.length });
  assert.deepEqual([all.records.map(({ id }) => id), all.hasMore], [wanted, false]);
  const most = await readPage(library, { where, after: wanted[0], count: wanted.length - 2 });
  assert.deepEqual([most.records.map(({ id }) => id), most.hasMore], [wanted.slice(1, -1), true]);
  const none = await readPage(library, { where, after: wanted.at(-1), count: 1 });
  assert.deepEqual(none, { records: [], hasMore: false });
});

test("which of some ids there are is told", async () => {
  assert.deepEqual(await library.idsAmong([ids[3], "none", ids[0]]), new Set([ids[0], ids[3]]));
  assert.deepEqual(await library.idsAmong([]), new Set());
});

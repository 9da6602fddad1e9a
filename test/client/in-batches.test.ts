import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { inBatches } from "../../src/client/in-batches.ts";
import type { Row } from "../../src/client/row.ts";

const row: fc.Arbitrary<Row> = fc.constantFrom<Row[]>({ image: "AA" }, { text: "a" }, { image: "AA", text: "a" });

test("batches hold all rows in order, of one kind each, and are as large as that allows", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(row), fc.integer({ min: 1, max: 5 }), async (rows, size) => {
      const batches = [];
      for await (const batch of inBatches(rows, size)) batches.push(batch);
      assert.deepEqual(
        batches.flat(),
        rows.map((row, index) => ({ index, row })),
      );
      const kinds = batches.map((batch) => new Set(batch.map(({ row }) => Object.keys(row).join())));
      assert.ok(kinds.every((kind) => kind.size === 1));
      for (const [i, batch] of batches.entries()) {
        const kindChanges = [...kinds[i]][0] !== [...(kinds[i + 1] ?? [])][0];
        assert.ok(batch.length === size || (batch.length < size && kindChanges));
      }
    }),
  );
});

test("a full batch does not wait for the row behind it; rows that break off leave the batch before whole", async () => {
  async function* stuck() {
    yield { text: "a" };
    yield { text: "b" };
    await new Promise(() => {});
  }
  assert.equal((await inBatches(stuck(), 2).next()).value?.length, 2);
  async function* broken() {
    yield { text: "a" };
    throw new Error("the list breaks off");
  }
  const batches = inBatches(broken(), 8);
  assert.equal((await batches.next()).value?.length, 1);
  await assert.rejects(batches.next(), /the list breaks off/);
});

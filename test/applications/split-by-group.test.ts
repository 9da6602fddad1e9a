import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PARTS, splitIntoFolds, splitThreeWays } from "../../src/applications/split-by-group.ts";

const SHARES = { train: 0.6, validation: 0.2, test: 0.2 };
const rows = fc
  .array(fc.record({ label: fc.nat(3), group: fc.nat(30) }), { minLength: 1, maxLength: 120 })
  .map((drawn) => ({
    labels: Int32Array.from(drawn, ({ label }) => label),
    groups: drawn.map(({ group }) => String(group)),
  }));

/** All rows once, and no group in two parts. */
function assertParted(groups: readonly string[], parts: readonly Int32Array[]): void {
  const all = parts.flatMap((part) => [...part]).sort((a, b) => a - b);
  assert.deepEqual(all, [...groups.keys()]);
  const partOf = new Map<string, number>();
  for (const [number, part] of parts.entries()) {
    for (const row of part) {
      assert.equal(partOf.get(groups[row]) ?? number, number, "a group is in one part");
      partOf.set(groups[row], number);
    }
  }
}

test("a split loses no row and parts no group", () => {
  fc.assert(
    fc.property(rows, fc.nat(), (drawn, seed) => {
      const split = splitThreeWays(drawn, SHARES, seed);
      assertParted(
        drawn.groups,
        PARTS.map((part) => split[part]),
      );
      assert.deepEqual(splitThreeWays(drawn, SHARES, seed), split, "the same seed, the same split");
    }),
  );
});

test("each class is shared out as the rows are, also one of three patients", () => {
  const labels = Int32Array.from({ length: 400 }, (_, row) => (row < 12 ? 2 : Number(row < 120)));
  const groups = Array.from(labels, (_, row) => String(row >> 2)); // four pictures a patient: three patients of class 2
  const split = splitThreeWays({ labels, groups }, SHARES, 7);
  const count = (part: Int32Array, label: number) => part.filter((row) => labels[row] === label).length;
  for (const part of PARTS) assert.equal(count(split[part], 2), 4, "a patient in each part");
  for (const label of [0, 1]) {
    const total = labels.filter((own) => own === label).length;
    for (const part of PARTS) assert.ok(Math.abs(count(split[part], label) / total - SHARES[part]) < 0.03, part);
  }
});

test("another seed draws another split; a share of 0 stays empty", () => {
  const labels = new Int32Array(60);
  const groups = Array.from(labels, (_, row) => String(row));
  const [one, two] = [1, 2].map((seed) => splitThreeWays({ labels, groups }, SHARES, seed));
  assert.notDeepEqual(one, two);
  const { test: none } = splitThreeWays({ labels, groups }, { train: 0.8, validation: 0.2, test: 0 }, 1);
  assert.equal(none.length, 0);
});

test("each row is measured in one fold, by what has not seen its group", () => {
  fc.assert(
    fc.property(rows, fc.nat(), (drawn, seed) => {
      const groups = new Set(drawn.groups).size;
      if (groups < 3) return;
      const splits = splitIntoFolds(drawn, 3, seed);
      assertParted(
        drawn.groups,
        splits.map(({ test: measured }) => measured),
      );
      for (const split of splits) {
        assertParted(
          drawn.groups,
          PARTS.map((part) => split[part]),
        );
      }
    }),
  );
});

test("more folds than groups, or fewer than three, are refused", () => {
  const drawn = { labels: Int32Array.of(0, 1, 0, 1), groups: ["a", "b", "c", "c"] };
  assert.throws(() => splitIntoFolds(drawn, 4, 0), {
    code: "invalid-data",
    message: "4 folds need as many groups, found 3: take fewer folds",
  });
  assert.throws(() => splitIntoFolds(drawn, 2, 0), { code: "invalid-data" });
});

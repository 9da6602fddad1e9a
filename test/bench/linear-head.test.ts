import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { splitByGroup, trainLinearHead } from "../../bench/tasks/linear-head.ts";
import { normal } from "../../bench/tasks/random.ts";
import { argmaxRows, stack } from "../../src/applications/matrix.ts";
import { seededRandom } from "../../src/applications/random.ts";

test("a head finds classes that a plane separates, and tells them in new pictures", () => {
  const random = seededRandom(2);
  const draw = (label: number) =>
    Float32Array.from({ length: 8 }, (_, k) => 0.05 * normal(random) + (k === label ? 1 : 0) + 5);
  const labels = Int32Array.from({ length: 90 }, (_, i) => i % 3);
  const vectors = stack(Array.from(labels, draw));
  const groups = Array.from(labels, (_, i) => String(i));
  const head = trainLinearHead({ vectors, labels, groups }, 3, 0);
  assert.deepEqual(argmaxRows(head.predict(stack([0, 1, 2, 2].map(draw)))), Int32Array.of(0, 1, 2, 2));
});

test("a split never parts a group and loses no row", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(..."abcdefgh"), { minLength: 1 }), fc.nat(), (groups, seed) => {
      const { kept, heldOut } = splitByGroup(groups, seed);
      assert.deepEqual(
        [...kept, ...heldOut].sort((a, b) => a - b),
        [...groups.keys()],
      );
      const keptGroups = new Set(kept.map((row) => groups[row]));
      assert.ok(heldOut.every((row) => !keptGroups.has(groups[row])));
      assert.ok(kept.length > 0);
    }),
  );
});

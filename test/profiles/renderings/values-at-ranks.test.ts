import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { valuesAtRanks } from "../../../src/profiles/renderings/values-at-ranks.ts";

function atRanks(values: readonly number[] | Float32Array, ranks: readonly number[]): number[] {
  return valuesAtRanks((see) => {
    for (const value of values) see(value);
  }, ranks);
}

test("what stands at a rank is what sorting puts there, also where values lie close together and far apart", () => {
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
  const close = fc.integer({ min: 0, max: 3 }).map((steps) => 1 + steps * Number.EPSILON);
  const tiny = fc.integer({ min: 0, max: 3 }).map((steps) => steps * Number.MIN_VALUE);
  fc.assert(
    fc.property(fc.array(fc.oneof(finite, close, tiny), { minLength: 1, maxLength: 60 }), (values) => {
      const sorted = Float64Array.from(values).sort();
      const found = atRanks(values, [...values.keys()]);
      for (const [rank, value] of found.entries()) assert.ok(value === sorted[rank], `${value} at ${rank}`);
    }),
  );
});

test("ranges are divided again where too many values fall into one part", () => {
  // Nearly all lie in the first part of the range, which one value far away spans.
  const values = Float32Array.from({ length: 200_000 }, (_, i) => (i * 7_919) % 200_003);
  values[5] = 1e30;
  const sorted = values.slice().sort();
  const ranks = [0, 1, 2_000, 100_000, 199_998, 199_999];
  assert.deepEqual(
    atRanks(values, ranks),
    ranks.map((rank) => sorted[rank]),
  );
});

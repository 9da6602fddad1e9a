import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { quantiles } from "../../../src/profiles/recipes/quantiles.ts";

/** By sorting, in float64. */
function bySorting(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = (values.length - 1) * share;
  const below = Math.floor(position);
  return sorted[below] + (sorted[Math.min(below + 1, values.length - 1)] - sorted[below]) * (position - below);
}

const KINDS = {
  Uint8Array: [Uint8Array, fc.integer({ min: 0, max: 255 })],
  Int16Array: [Int16Array, fc.integer({ min: -32_768, max: 32_767 })],
  Uint16Array: [Uint16Array, fc.integer({ min: 0, max: 65_535 })],
  Int32Array: [Int32Array, fc.integer()],
  Uint32Array: [Uint32Array, fc.nat({ max: 2 ** 32 - 1 })],
  Float32Array: [Float32Array, fc.float({ noNaN: true, min: -1e6, max: 1e6 })],
  Float64Array: [Float64Array, fc.double({ noNaN: true, min: -1e6, max: 1e6 })],
} as const;

for (const [name, [kind, value]] of Object.entries(KINDS)) {
  test(`of any ${name} they are those of a sorted copy`, () => {
    const share = fc.double({ noNaN: true, min: 0, max: 1 });
    fc.assert(
      fc.property(fc.array(value as fc.Arbitrary<number>, { minLength: 1, maxLength: 50 }), share, (values, at) => {
        const expected = bySorting(values, at);
        const [found] = quantiles(kind.from(values), [at]);
        // float32 takes differences of neighbours in float32
        const tolerance = (name === "Float32Array" ? 2 ** -22 : 1e-12) * Math.max(1, ...values.map(Math.abs));
        assert.ok(Math.abs(found - expected) <= tolerance, `${found}, not ${expected}`);
      }),
    );
  });
}

test("the ends are the lowest and the highest, and one sample is all of them", () => {
  assert.deepEqual(quantiles(Float32Array.of(3, -7.5, 0, 1e30), [0, 1]), [-7.5, Math.fround(1e30)]);
  assert.deepEqual(quantiles(Uint16Array.of(9), [0, 0.3, 1]), [9, 9, 9]);
});

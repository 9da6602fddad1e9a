import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Matrix, takeRows, transpose } from "../../src/applications/matrix.ts";
import { plainProducts } from "../../src/applications/plain-products.ts";
import { simdProducts } from "../../src/applications/simd-products.ts";
import { largestDifference } from "../golden-small.ts";

const size = fc.integer({ min: 0, max: 21 });
/** Whole numbers: their sums are exact, in whatever order. */
const matrixOf = (rows: number, columns: number): fc.Arbitrary<Matrix> =>
  fc
    .array(fc.integer({ min: -9, max: 9 }), { minLength: rows * columns, maxLength: rows * columns })
    .map((values) => ({ rows, columns, values: Float32Array.from(values) }));

function plainly(a: Matrix, b: Matrix): number[] {
  return Array.from({ length: a.rows * b.columns }, (_, at) => {
    const [i, j] = [Math.floor(at / b.columns), at % b.columns];
    let sum = 0;
    for (let k = 0; k < a.columns; k++) sum += a.values[i * a.columns + k] * b.values[k * b.columns + j];
    return sum;
  });
}

for (const [name, products] of Object.entries({ plain: plainProducts, simd: simdProducts })) {
  test(`${name}: products of matrices of any size are those of the plain loops`, {
    skip: products ? false : "no SIMD",
  }, () => {
    const shapes = fc.tuple(size, size, size);
    const pair = shapes.chain(([m, n, k]) => fc.tuple(matrixOf(m, n), matrixOf(n, k)));
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const expected = plainly(a, b);
        for (const found of [products!.combinations(a, b), products!.innerProducts(a, transpose(b))]) {
          assert.deepEqual([found.rows, found.columns], [a.rows, b.columns]);
          assert.deepEqual([...found.values], expected);
        }
      }),
    );
  });
}

const wave = (rows: number, columns: number, step: number): Matrix => ({
  rows,
  columns,
  values: Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i * step)),
});

test("products larger than the kernel's panels are close to those in double precision", {
  skip: simdProducts ? false : "no SIMD",
}, () => {
  const [a, b] = [wave(303, 1030, 0.7), wave(517, 1030, 0.3)];
  const inner = simdProducts!.innerProducts(a, b).values;
  assert.ok(largestDifference(inner, plainProducts.innerProducts(a, b).values) < 1e-4);
  const [c, d] = [wave(301, 150, 0.7), wave(150, 1030, 0.3)];
  const combined = simdProducts!.combinations(c, d).values;
  assert.ok(largestDifference(combined, plainProducts.combinations(c, d).values) < 1e-4);
});

test("a row has the same products alone and among others", { skip: simdProducts ? false : "no SIMD" }, () => {
  const [a, b] = [wave(7, 100, 0.7), wave(9, 100, 0.3)];
  const all = simdProducts!.innerProducts(a, b).values;
  const alone = simdProducts!.innerProducts(takeRows(a, [5]), takeRows(b, [6])).values;
  assert.equal(alone[0], all[5 * 9 + 6]);
});

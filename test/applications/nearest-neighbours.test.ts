import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { argmaxRows, stack } from "../../src/applications/matrix.ts";
import { nearestNeighbours, neighbourVotes, precisionAtK } from "../../src/applications/nearest-neighbours.ts";
import { innerProducts } from "../../src/applications/products.ts";

const small = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 3, maxLength: 3 });
const matrix = fc
  .array(small, { minLength: 1, maxLength: 11 })
  .map((rows) => stack(rows.map((row) => Float32Array.from(row))));

test("inner products are those of the plain loops", () => {
  fc.assert(
    fc.property(matrix, matrix, (a, b) => {
      const { values } = innerProducts(a, b);
      for (let i = 0; i < a.rows; i++) {
        for (let j = 0; j < b.rows; j++) {
          const expected = [0, 1, 2].reduce((sum, k) => sum + a.values[3 * i + k] * b.values[3 * j + k], 0);
          assert.equal(values[i * b.rows + j], expected);
        }
      }
    }),
  );
});

test("neighbours are the largest products in falling order, the first of equals before", () => {
  fc.assert(
    fc.property(matrix, matrix, (queries, gallery) => {
      const count = 4;
      const products = innerProducts(queries, gallery).values;
      const { places } = nearestNeighbours(queries, gallery, { count });
      for (let query = 0; query < queries.rows; query++) {
        const own = (row: number) => products[query * gallery.rows + row];
        const expected = Array.from({ length: gallery.rows }, (_, row) => row)
          .sort((a, b) => own(b) - own(a) || a - b)
          .slice(0, count);
        const found = [...places.subarray(query * count, (query + 1) * count)];
        assert.deepEqual(found, [...expected, ...Array(count - expected.length).fill(-1)]);
      }
    }),
  );
});

test("a query finds nothing of its own group", () => {
  const vectors = stack([
    Float32Array.of(1, 0),
    Float32Array.of(1, 0),
    Float32Array.of(0.9, 0.1),
    Float32Array.of(0, 1),
  ]);
  const groups = ["a", "a", "b", "c"];
  const { places } = nearestNeighbours(vectors, vectors, { count: 3, apart: { queries: groups, gallery: groups } });
  assert.deepEqual([...places.subarray(0, 3)], [2, 3, -1]);
});

test("the majority of the neighbours votes, and the nearer ones between equals", () => {
  const labels = [0, 1, 1, 0];
  const votes = (places: number[]) =>
    neighbourVotes({ count: places.length, places: Int32Array.from(places) }, labels, 2);
  assert.equal(argmaxRows(votes([0, 1, 2]))[0], 1);
  assert.equal(argmaxRows(votes([1, 0, 3, 2]))[0], 1, "two against two: the first decides");
  assert.equal(argmaxRows(votes([0, 1, 2, 3]))[0], 0, "two against two: the first decides");
});

test("precision at k counts the neighbours of the same label", () => {
  const places = Int32Array.of(0, 1, 2, 2, 1, -1);
  assert.deepEqual(precisionAtK({ count: 3, places }, [7, 8], [7, 7, 8]), Float64Array.of(2 / 3, 1 / 3));
});

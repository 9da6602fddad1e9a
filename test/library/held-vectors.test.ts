import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { byScore, HeldVectors, type Rows } from "../../src/library/held-vectors.ts";
import { dot } from "../golden-small.ts";
import { unitVector } from "./synthetic.ts";

/** Above its block of rows and its bound of candidates, so that both are passed several times. */
const MANY = 10_000;

function rowsOf(numbers: readonly number[], dimensions: number, vectorOf = unitVector): Rows {
  const vectors = numbers.map((number) => vectorOf(`vector ${number}`, dimensions));
  return {
    rows: Float64Array.from(numbers),
    ids: numbers.map((number) => `id ${number}`),
    vectors: Float32Array.from(vectors.flatMap((vector) => Array.from(vector))),
  };
}

/** The same by the plainest of means. */
function expected(numbers: readonly number[], query: Float32Array, count: number, vectorOf = unitVector) {
  return numbers
    .map((row) => ({ row, id: `id ${row}`, score: dot(query, vectorOf(`vector ${row}`, query.length)) }))
    .sort(byScore)
    .slice(0, count);
}

function assertFound(
  found: readonly { row: number; score: number }[],
  wanted: readonly { row: number; score: number }[],
) {
  assert.deepEqual(
    found.map(({ row }) => row),
    wanted.map(({ row }) => row),
  );
  for (const [i, { score }] of found.entries()) assert.ok(Math.abs(score - wanted[i].score) < 1e-6);
}

test("the nearest are found among all, whatever the length of the vectors and the number of rows", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 70 }),
      fc.uniqueArray(fc.integer({ min: 0, max: 2 ** 40 }), { maxLength: 50 }),
      fc.integer({ min: 1, max: 60 }),
      (dimensions, numbers, count) => {
        const held = new HeldVectors(dimensions);
        held.append(rowsOf(numbers, dimensions));
        const query = unitVector("query", dimensions);
        assertFound(held.nearest(query, count), expected(numbers, query, count));
      },
    ),
    { numRuns: 50 },
  );
});

/** Few different vectors, cheap to make. */
const ofEight = (seed: string, dimensions?: number) => unitVector(`kind ${Number(seed.slice(7)) % 8}`, dimensions);
const many = Array.from({ length: MANY }, (_, i) => (i * 7919) % MANY);

test("of many rows that are equally near those with the first ids are found", () => {
  const held = new HeldVectors(5);
  held.append(rowsOf(many, 5, ofEight));
  const query = unitVector("query", 5);
  assertFound(held.nearest(query, 25), expected(many, query, 25, ofEight));
});

test("only the rows that are asked for count, in runs and alone, and rows that are not held do not", () => {
  const held = new HeldVectors(5);
  held.append(rowsOf(many, 5, ofEight));
  const query = unitVector("query", 5);
  const among = [...many.slice(100, 6_000), ...many.filter((_, i) => i > 7_000 && i % 3 === 0)];
  assertFound(held.nearest(query, 30, Float64Array.from([...among, MANY + 1])), expected(among, query, 30, ofEight));
  assert.deepEqual(held.nearest(query, 30, new Float64Array()), []);
});

test("rows that were let go are not found, and leave nothing behind in those that take their place", () => {
  const held = new HeldVectors(5);
  held.append(rowsOf([1, 2, 3, 4, 5], 5));
  assert.equal(held.keep(Float64Array.from([4, 2, 9])), 4);
  assert.equal(held.size, 2);
  held.append(rowsOf([7, 8], 5));
  const query = unitVector("query", 5);
  assertFound(held.nearest(query, 10), expected([2, 4, 7, 8], query, 10));
  assert.equal(held.keep(new Float64Array()), -1);
  assert.deepEqual(held.nearest(query, 10), []);
});

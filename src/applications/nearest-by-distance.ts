import { type Matrix, takeRows } from "./matrix.ts";
import type { NeighbourOptions } from "./nearest-neighbours.ts";
import { innerProducts } from "./products.ts";

/** The nearest rows of each query, nearest first. */
export interface NearestRows {
  readonly count: number;
  /** [queries, count], row numbers in the gallery; -1 where there are fewer. */
  readonly places: Int32Array;
  /** [queries, count], Euclidean, computed in double precision; Infinity where there are fewer. */
  readonly distances: Float64Array;
}

/** Queries whose products with all the gallery are in memory at a time. */
const QUERIES_AT_ONCE = 128;
/** More than a product of float32 can be off, for each number that is added up: half a unit in the last place, doubled. */
const ROUNDING = 2 ** -23;

/**
 * For each query the rows of the gallery at the smallest Euclidean distance, the first of equals. Works for vectors of any length, as
 * the seven statistics of a study are. Inner products find the rows that can be among them, exact distances decide.
 */
export function nearestByDistance(queries: Matrix, gallery: Matrix, options: NeighbourOptions): NearestRows {
  const { count, apart, hidden } = options;
  const places = new Int32Array(queries.rows * count).fill(-1);
  const distances = new Float64Array(queries.rows * count).fill(Number.POSITIVE_INFINITY);
  const squares = squaredNorms(gallery);
  const bounds = new Float64Array(count);
  const low = new Float64Array(gallery.rows);
  for (let first = 0; first < queries.rows; first += QUERIES_AT_ONCE) {
    const some = Array.from({ length: Math.min(QUERIES_AT_ONCE, queries.rows - first) }, (_, i) => first + i);
    const block = takeRows(queries, some);
    const { values: products } = innerProducts(block, gallery);
    const own = squaredNorms(block);
    for (const [i, query] of some.entries()) {
      bounds.fill(Number.POSITIVE_INFINITY);
      for (let row = 0; row < gallery.rows; row++) {
        low[row] = Number.POSITIVE_INFINITY;
        if (apart && apart.queries[query] === apart.gallery[row]) continue;
        if (hidden?.[query].has(row)) continue;
        const square = own[i] + squares[row] - 2 * products[i * gallery.rows + row];
        const slack = 2 * gallery.columns * ROUNDING * Math.sqrt(own[i] * squares[row]);
        low[row] = square - slack;
        insert(bounds, square + slack);
      }
      const [nearest, at] = [distances, places].map((all) => all.subarray(query * count, (query + 1) * count));
      for (let row = 0; row < gallery.rows; row++) {
        if (low[row] === Number.POSITIVE_INFINITY || low[row] > bounds[count - 1]) continue;
        insert(nearest, distance(block, i, gallery, row), at, row);
      }
    }
  }
  return { count, places, distances };
}

function squaredNorms({ rows, columns, values }: Matrix): Float64Array {
  const squares = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    for (let k = row * columns; k < (row + 1) * columns; k++) squares[row] += values[k] ** 2;
  }
  return squares;
}

function distance(a: Matrix, rowA: number, b: Matrix, rowB: number): number {
  const { columns } = a;
  let sum = 0;
  for (let k = 0; k < columns; k++) sum += (a.values[rowA * columns + k] - b.values[rowB * columns + k]) ** 2;
  return Math.sqrt(sum);
}

/** Puts a value in its place among the smallest, rising, behind its equals; the largest falls out. */
function insert(smallest: Float64Array | Int32Array, value: number, rows?: Float64Array | Int32Array, row = -1): void {
  let place = smallest.length - 1;
  if (value >= smallest[place]) return;
  for (; place > 0 && value < smallest[place - 1]; place--) {
    smallest[place] = smallest[place - 1];
    if (rows) rows[place] = rows[place - 1];
  }
  smallest[place] = value;
  if (rows) rows[place] = row;
}

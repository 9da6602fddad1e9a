import { type Matrix, takeRows, unitRows } from "../matrix.ts";
import { innerProducts } from "../products.ts";

/** Queries whose products with all the gallery are in memory at a time. */
const QUERIES_AT_ONCE = 128;

/** For each query the rows of the gallery whose cosine with it is at least so high. */
export function nearDuplicates(queries: Matrix, gallery: Matrix, likeness: number): Set<number>[] {
  const others = unitRows(gallery);
  const found: Set<number>[] = [];
  for (let first = 0; first < queries.rows; first += QUERIES_AT_ONCE) {
    const some = Array.from({ length: Math.min(QUERIES_AT_ONCE, queries.rows - first) }, (_, i) => first + i);
    const { values: cosines } = innerProducts(unitRows(takeRows(queries, some)), others);
    for (const i of some.keys()) {
      const own = cosines.subarray(i * gallery.rows, (i + 1) * gallery.rows);
      const rows = new Set<number>();
      for (let row = 0; row < own.length; row++) if (own[row] >= likeness) rows.add(row);
      found.push(rows);
    }
  }
  return found;
}

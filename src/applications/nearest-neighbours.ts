import { type Matrix, takeRows } from "./matrix.ts";
import { precisionAt } from "./metrics/retrieval.ts";
import { innerProducts } from "./products.ts";

/** The places of the nearest rows, nearest first; -1 where there are fewer. @property places [queries, count] */
export interface Neighbours {
  readonly count: number;
  readonly places: Int32Array;
}

export interface NeighbourOptions {
  readonly count: number;
  /** Groups of the queries and of the gallery: a query finds no row of its own group. */
  readonly apart?: { readonly queries: readonly string[]; readonly gallery: readonly string[] };
  /** [queries], rows of the gallery that a query does not find. */
  readonly hidden?: readonly ReadonlySet<number>[] | undefined;
}

/** Queries whose products with all the gallery are in memory at a time. */
const QUERIES_AT_ONCE = 128;

/** For each query the rows of the gallery with the largest inner product; the first of equals. */
export function nearestNeighbours(queries: Matrix, gallery: Matrix, options: NeighbourOptions): Neighbours {
  const { count, apart, hidden } = options;
  const places = new Int32Array(queries.rows * count).fill(-1);
  const best = new Float64Array(count);
  for (let first = 0; first < queries.rows; first += QUERIES_AT_ONCE) {
    const some = Array.from({ length: Math.min(QUERIES_AT_ONCE, queries.rows - first) }, (_, i) => first + i);
    const { values: products } = innerProducts(takeRows(queries, some), gallery);
    for (const [i, query] of some.entries()) {
      const own = places.subarray(query * count, (query + 1) * count);
      best.fill(Number.NEGATIVE_INFINITY);
      for (let row = 0; row < gallery.rows; row++) {
        const product = products[i * gallery.rows + row];
        if (product <= best[count - 1]) continue;
        if (apart && apart.queries[query] === apart.gallery[row]) continue;
        if (hidden?.[query].has(row)) continue;
        let place = count - 1;
        for (; place > 0 && product > best[place - 1]; place--) {
          best[place] = best[place - 1];
          own[place] = own[place - 1];
        }
        best[place] = product;
        own[place] = row;
      }
    }
  }
  return { count, places };
}

/**
 * The share of the neighbours that have each label; between equal shares the nearer neighbours decide.
 * @param labels of the gallery @returns [queries, classes]
 */
export function neighbourVotes({ count, places }: Neighbours, labels: ArrayLike<number>, classes: number): Matrix {
  const rows = places.length / count;
  const values = new Float32Array(rows * classes);
  for (let i = 0; i < places.length; i++) {
    if (places[i] < 0) continue;
    const nearness = 2 ** -(i % count); // more than all that follow together
    values[Math.floor(i / count) * classes + labels[places[i]]] += (1 + nearness / 4) / count;
  }
  return { rows, columns: classes, values };
}

/**
 * Retrieval precision at k: the share of each query's k neighbours that have its label.
 * @returns [queries]
 */
export function precisionAtK(
  { count, places }: Neighbours,
  queryLabels: ArrayLike<number>,
  galleryLabels: ArrayLike<number>,
): Float64Array {
  return Float64Array.from({ length: queryLabels.length }, (_, query) => {
    const own = places.subarray(query * count, (query + 1) * count);
    const relevance = own.map((place) => Number(place >= 0 && galleryLabels[place] === queryLabels[query]));
    return precisionAt(count, relevance);
  });
}

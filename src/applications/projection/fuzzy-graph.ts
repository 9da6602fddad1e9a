import type { NearestRows } from "../nearest-by-distance.ts";

/** Which rows belong together, and how surely: an edge for each direction. */
export interface FuzzyGraph {
  readonly rows: number;
  /** [edges], from which row. */
  readonly heads: Int32Array;
  /** [edges], to which row. */
  readonly tails: Int32Array;
  /** [edges], above 0, at most 1. */
  readonly weights: Float32Array;
}

const SEARCH_STEPS = 64;
const TOLERANCE = 1e-5;
/** The least scale, as a share of the mean distance: copies must not shrink it to nothing. */
const LEAST_SCALE = 1e-3;

/**
 * UMAP's graph of neighbours (McInnes, Healy and Melville 2018, algorithms 2 and 3): to its nearest neighbour each row belongs
 * fully, to others the less the farther they are, by a scale of its own; an edge is there if either of its ends says so.
 * @param nearest of each row among all others, itself not counted
 */
export function fuzzyGraph({ count, places, distances }: NearestRows): FuzzyGraph {
  const rows = places.length / count;
  const mean = distances.reduce((sum, distance) => sum + distance, 0) / (rows * (count + 1)); // itself counts, at 0
  const memberships = new Map<number, number>();
  for (let row = 0; row < rows; row++) {
    const own = distances.subarray(row * count, (row + 1) * count);
    const nearestDistance = own.find((distance) => distance > 0) ?? 0;
    const scale = scaleOf(own, nearestDistance, mean);
    for (let i = 0; i < count; i++) {
      const beyond = own[i] - nearestDistance;
      memberships.set(row * rows + places[row * count + i], beyond <= 0 ? 1 : Math.exp(-beyond / scale));
    }
  }
  return union(memberships, rows);
}

/** The scale at which the memberships add up to log2 of the neighbours, itself among them. */
function scaleOf(distances: Float64Array, nearest: number, meanOfAll: number): number {
  const wanted = Math.log2(distances.length + 1);
  let [low, high, scale] = [0, Number.POSITIVE_INFINITY, 1];
  for (let step = 0; step < SEARCH_STEPS; step++) {
    const sum = distances.reduce((all, distance) => all + Math.exp(-Math.max(0, distance - nearest) / scale), 0);
    if (Math.abs(sum - wanted) < TOLERANCE) break;
    if (sum > wanted) high = scale;
    else low = scale;
    scale = high === Number.POSITIVE_INFINITY ? scale * 2 : (low + high) / 2;
  }
  const mean = distances.reduce((sum, distance) => sum + distance, 0) / (distances.length + 1);
  return Math.max(scale, LEAST_SCALE * (nearest > 0 ? mean : meanOfAll), Number.MIN_VALUE);
}

/** a + b - a · b of both directions; edges in the order of their rows. */
function union(memberships: ReadonlyMap<number, number>, rows: number): FuzzyGraph {
  const weightOf = new Map<number, number>();
  for (const [edge, one] of memberships) {
    const back = (edge % rows) * rows + Math.floor(edge / rows);
    const other = memberships.get(back) ?? 0;
    const weight = one + other - one * other;
    if (weight <= 0) continue;
    weightOf.set(edge, weight);
    weightOf.set(back, weight);
  }
  const edges = Float64Array.from(weightOf.keys()).sort();
  return {
    rows,
    heads: Int32Array.from(edges, (edge) => Math.floor(edge / rows)),
    tails: Int32Array.from(edges, (edge) => edge % rows),
    weights: Float32Array.from(edges, (edge) => weightOf.get(edge)!),
  };
}

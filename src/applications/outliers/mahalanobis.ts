import { MedembedError } from "../../errors.ts";
import { factorise, solveLower } from "../heads/cholesky.ts";
import type { Matrix } from "../matrix.ts";
import { type ReferenceSet, rowsOfGroups } from "./reference-set.ts";
import { type Placed, type RowSpace, rowSpaceOf } from "./row-space.ts";

/** Groups are left out one by one up to so many; of more, so many parts of whole groups, since each takes a factorisation. */
const MAX_PARTS = 100;
/** Less shrinkage than this is rounding: nothing is known of the directions that the reference does not span. */
const LEAST_SHRINKAGE = 1e-9;

/** Distances from the mean of a reference set in units of its spread. */
export interface MahalanobisFit {
  /** Of the covariance to a multiple of the identity, from 0 to 1. */
  readonly shrinkage: number;
  /** [rows], of each reference as if it and its group had not been there. */
  readonly leftOut: Float64Array;
  /** [rows, dimensions] → [rows] */
  score(vectors: Matrix): Float64Array;
}

/**
 * Mahalanobis distances under the covariance of Ledoit and Wolf (J. Multivariate Analysis 88, 2004), which exists with fewer vectors than
 * dimensions, too: √((x - m)ᵀ Σ⁻¹ (x - m)), the root of what scikit-learn's LedoitWolf gives.
 * @param onPart told how many of the parts that are left out are done
 * @throws MedembedError "invalid-data" for vectors that are too few or too alike to have a covariance
 */
export function fitMahalanobis(
  { vectors, groups }: Pick<ReferenceSet, "vectors" | "groups">,
  onPart: (done: number, parts: number) => void = () => {},
): MahalanobisFit {
  const space = rowSpaceOf(vectors);
  const placed = Array.from({ length: vectors.rows }, (_, row) => space.place(vectors, row).coordinates);
  const products = productsOf(placed, space.directions);
  const { shrinkage, distance } = fitWithout([], { placed, products, space });
  const leftOut = new Float64Array(vectors.rows);
  const parts = inParts(rowsOfGroups(groups));
  for (const [done, part] of parts.entries()) {
    const others = fitWithout(part, { placed, products, space });
    for (const row of part) leftOut[row] = others.distance({ coordinates: placed[row], outside: 0 });
    onPart(done + 1, parts.length);
  }
  return {
    shrinkage,
    leftOut,
    score: (matrix) => Float64Array.from({ length: matrix.rows }, (_, row) => distance(space.place(matrix, row))),
  };
}

/** Deals groups out in turn. */
function inParts(groups: readonly (readonly number[])[]): number[][] {
  const parts = Array.from({ length: Math.min(MAX_PARTS, groups.length) }, () => [] as number[]);
  for (const [i, rows] of groups.entries()) parts[i % parts.length].push(...rows);
  return parts;
}

/** Reference rows in the coordinates of their own space, whose origin is their mean. */
interface PlacedRows {
  readonly placed: readonly Float64Array[];
  /** [directions, directions], the sum of each row times itself. */
  readonly products: Float64Array;
  readonly space: RowSpace;
}

/** [size, size]: Σ row rowᵀ; the lower triangle is enough for all that follows. */
function productsOf(rows: readonly Float64Array[], size: number): Float64Array {
  const products = new Float64Array(size * size);
  for (const row of rows) addProduct(products, row, 1);
  return products;
}

function addProduct(products: Float64Array, row: Float64Array, factor: number): void {
  for (let i = 0; i < row.length; i++) {
    const scaled = factor * row[i];
    for (let j = 0; j <= i; j++) products[i * row.length + j] += scaled * row[j];
  }
}

/** The distance from the rows that are not left out. */
function fitWithout(
  left: readonly number[],
  { placed, products, space }: PlacedRows,
): { readonly shrinkage: number; readonly distance: (row: Placed) => number } {
  const { directions, dimensions } = space;
  const isLeft = new Set(left);
  const kept = placed.filter((_, row) => !isLeft.has(row));
  const mean = new Float64Array(directions);
  for (const row of kept) for (let i = 0; i < directions; i++) mean[i] += row[i] / kept.length;

  // The scatter around the mean of those kept, from that of all around theirs, which is the origin.
  const covariance = products.slice();
  for (const row of left) addProduct(covariance, placed[row], -1);
  addProduct(covariance, mean, -kept.length);
  for (let i = 0; i < covariance.length; i++) covariance[i] /= kept.length;

  const { shrinkage, variance } = ledoitWolf(covariance, kept, mean, dimensions);
  const floor = shrinkage * variance;
  for (let i = 0; i < covariance.length; i++) covariance[i] *= 1 - shrinkage;
  for (let i = 0; i < directions; i++) covariance[i * directions + i] += floor;
  const factor = factorise(covariance, directions);
  const isDefinite = Array.from({ length: directions }, (_, i) => factor.values[i * directions + i]).every(
    (x) => x > 0,
  );
  const isKnownEverywhere = kept.length > dimensions || shrinkage > LEAST_SHRINKAGE;
  if (directions === 0 || !isDefinite || !isKnownEverywhere) {
    throw new MedembedError(
      "invalid-data",
      `${kept.length} reference vectors are too few or too alike for a covariance: take more, or the method knn`,
    );
  }
  return {
    shrinkage,
    distance: ({ coordinates, outside }) => {
      const solved = solveLower(
        factor,
        coordinates.map((value, i) => value - mean[i]),
      );
      const inside = solved.reduce((sum, value) => sum + value * value, 0);
      return Math.sqrt(outside > 0 ? inside + outside / floor : inside);
    },
  };
}

/**
 * How far the covariance is drawn to a multiple of the identity, and the mean variance that is this multiple.
 * @param covariance the lower triangle of [directions, directions] @param dimensions of the vectors themselves
 */
function ledoitWolf(
  covariance: Float64Array,
  rows: readonly Float64Array[],
  mean: Float64Array,
  dimensions: number,
): { readonly shrinkage: number; readonly variance: number } {
  const size = mean.length;
  let [trace, squares] = [0, 0];
  for (let i = 0; i < size; i++) {
    trace += covariance[i * size + i];
    for (let j = 0; j <= i; j++) squares += (i === j ? 1 : 2) * covariance[i * size + j] ** 2;
  }
  const variance = trace / dimensions;
  const fourths = rows.reduce((sum, row) => {
    const square = row.reduce((inner, value, i) => inner + (value - mean[i]) ** 2, 0);
    return sum + square ** 2;
  }, 0);
  const distance = squares - dimensions * variance ** 2; // of the covariance from the multiple of the identity
  const noise = Math.min((fourths / rows.length - squares) / rows.length, distance);
  return { shrinkage: noise > 0 ? noise / distance : 0, variance };
}

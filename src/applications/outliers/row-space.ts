import type { Matrix } from "../matrix.ts";

/** A row, by its coordinates along the directions that the reference spans, and what is left of it besides. */
export interface Placed {
  /** [directions] */
  readonly coordinates: Float64Array;
  /** The squared length of the part that no direction covers. */
  readonly outside: number;
}

/** Coordinates in which a few long vectors are short: as many as there are directions among them. */
export interface RowSpace {
  /** At most one fewer than rows, or the length of the vectors. */
  readonly directions: number;
  /** Of the vectors. */
  readonly dimensions: number;
  /** @param row of a matrix of such vectors */
  place(matrix: Matrix, row: number): Placed;
}

/** Of the longest row: what is left of a shorter one after the others is rounding. */
const RANK_TOLERANCE = 1e-9;

/** The space around the mean of the rows that they span. */
export function rowSpaceOf(matrix: Matrix): RowSpace {
  const { rows, columns } = matrix;
  const mean = meanRow(matrix);
  const isWide = rows <= columns;
  const basis = isWide ? orthonormalBasis(matrix, mean) : undefined; // of many rows all directions are taken, as they are
  return {
    directions: basis?.length ?? columns,
    dimensions: columns,
    place: (other, row) => {
      const rest = difference(other, row, mean);
      if (!basis) return { coordinates: rest, outside: 0 };
      const coordinates = Float64Array.from(basis, (direction) => product(rest, direction));
      return { coordinates, outside: Math.max(0, squaredLength(rest) - squaredLength(coordinates)) };
    },
  };
}

function meanRow({ rows, columns, values }: Matrix): Float64Array {
  const mean = new Float64Array(columns);
  for (let i = 0; i < rows; i++) for (let k = 0; k < columns; k++) mean[k] += values[i * columns + k] / rows;
  return mean;
}

/** Gram and Schmidt, each direction taken away twice, so that they are orthogonal to the last digits. */
function orthonormalBasis(matrix: Matrix, mean: Float64Array): Float64Array[] {
  const centred = Array.from({ length: matrix.rows }, (_, row) => difference(matrix, row, mean));
  const longest = Math.sqrt(Math.max(...centred.map(squaredLength)));
  const basis: Float64Array[] = [];
  for (const rest of centred) {
    for (let round = 0; round < 2; round++) for (const direction of basis) takeAway(rest, direction);
    const length = Math.sqrt(squaredLength(rest));
    if (length > RANK_TOLERANCE * longest) basis.push(rest.map((value) => value / length));
  }
  return basis;
}

function difference({ columns, values }: Matrix, row: number, mean: Float64Array): Float64Array {
  return mean.map((value, k) => values[row * columns + k] - value);
}

/** Takes the part along a direction out of a vector, in place. */
function takeAway(vector: Float64Array, direction: Float64Array): void {
  const along = product(vector, direction);
  for (let k = 0; k < vector.length; k++) vector[k] -= along * direction[k];
}

function squaredLength(vector: Float64Array): number {
  return product(vector, vector);
}

/** In four sums, which the processor adds to at the same time. */
function product(a: Float64Array, b: Float64Array): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let k = 0;
  for (; k + 4 <= a.length; k += 4) {
    s0 += a[k] * b[k];
    s1 += a[k + 1] * b[k + 1];
    s2 += a[k + 2] * b[k + 2];
    s3 += a[k + 3] * b[k + 3];
  }
  for (; k < a.length; k++) s0 += a[k] * b[k];
  return s0 + s1 + s2 + s3;
}

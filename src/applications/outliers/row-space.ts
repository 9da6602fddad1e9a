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
      const coordinates = Float64Array.from(basis, (direction) => takeAway(rest, direction));
      return { coordinates, outside: squaredLength(rest) };
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

/** Takes the part along a direction out of a vector, in place. @returns how long that part was */
function takeAway(vector: Float64Array, direction: Float64Array): number {
  let along = 0;
  for (let k = 0; k < vector.length; k++) along += vector[k] * direction[k];
  for (let k = 0; k < vector.length; k++) vector[k] -= along * direction[k];
  return along;
}

function squaredLength(vector: Float64Array): number {
  return vector.reduce((sum, value) => sum + value * value, 0);
}

import { MedembedError } from "../../errors.ts";
import { type Matrix, transpose } from "../matrix.ts";
import { combinations, innerProducts } from "../products.ts";
import { normalSample, seededRandom } from "../random.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";

export interface PrincipalComponents {
  /** [rows, components], where each row lies. */
  readonly coordinates: Matrix;
  /** [components, columns], orthonormal; the largest number of each is positive, which settles its sign. */
  readonly components: Matrix;
  /** [components], falling: the variance along each (of n - 1). */
  readonly variances: Float64Array;
}

/** Directions that are followed beside those that are wanted, and how often all are sharpened: as scikit-learn has them. */
const MORE_DIRECTIONS = 10;
const SHARPENINGS = 7;

/**
 * The directions in which rows differ most, by randomised subspace iteration (Halko, Martinsson and Tropp 2011, algorithms 4.4
 * and 5.1). The same seed gives the same bits.
 * @param count of components wanted
 * @throws MedembedError "invalid-data" for more components than rows or columns can have
 */
export function principalComponents(matrix: Matrix, count: number, seed: number): PrincipalComponents {
  const most = Math.min(matrix.rows - 1, matrix.columns);
  if (count > most) {
    throw new MedembedError(
      "invalid-data",
      `${matrix.rows} vectors of ${matrix.columns} values have ${Math.max(0, most)} principal components, needed: ${count}`,
    );
  }
  const centred = centre(matrix);
  const random = seededRandom(seed);
  const width = Math.min(count + MORE_DIRECTIONS, most);
  const start = Float32Array.from({ length: width * matrix.columns }, () => normalSample(random));
  let basis = orthonormalRows({ rows: width, columns: matrix.columns, values: start });
  for (let i = 0; i < SHARPENINGS; i++) {
    basis = orthonormalRows(combinations(transpose(innerProducts(centred, basis)), centred));
  }
  const seen = innerProducts(centred, basis); // [rows, width]
  const { values, vectors } = symmetricEigen(gram(seen));
  const turn: Matrix = {
    rows: count,
    columns: width,
    values: Float32Array.from({ length: count * width }, (_, i) => vectors[Math.floor(i / width)][i % width]),
  };
  const components = combinations(turn, basis);
  turnUpwards(components, turn);
  return {
    coordinates: innerProducts(seen, turn),
    components,
    variances: values.slice(0, count).map((square) => Math.max(0, square) / (matrix.rows - 1)),
  };
}

function centre({ rows, columns, values }: Matrix): Matrix {
  const sums = new Float64Array(columns);
  for (let i = 0; i < values.length; i++) sums[i % columns] += values[i];
  return { rows, columns, values: values.map((value, i) => value - sums[i % columns] / rows) };
}

/** Gram and Schmidt, twice, which is enough (Giraud, Langou and Rozložník 2005). A row that adds no direction becomes zeros. */
function orthonormalRows({ rows, columns, values }: Matrix): Matrix {
  const done: Float64Array[] = [];
  for (let i = 0; i < rows; i++) {
    const row = Float64Array.from(values.subarray(i * columns, (i + 1) * columns));
    const before = Math.sqrt(dot(row, row));
    for (const other of [...done, ...done]) {
      const share = dot(row, other);
      for (let k = 0; k < columns; k++) row[k] -= share * other[k];
    }
    const length = Math.sqrt(dot(row, row));
    done.push(length > 1e-6 * before ? row.map((value) => value / length) : row.fill(0));
  }
  const flat = new Float32Array(rows * columns);
  for (const [i, row] of done.entries()) flat.set(row, i * columns);
  return { rows, columns, values: flat };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

/** matrixᵀ · matrix, in double precision. */
function gram({ rows, columns, values }: Matrix): Float64Array[] {
  const squares = Array.from({ length: columns }, () => new Float64Array(columns));
  for (let row = 0; row < rows; row++) {
    const own = values.subarray(row * columns, (row + 1) * columns);
    for (let i = 0; i < columns; i++) for (let j = 0; j <= i; j++) squares[i][j] += own[i] * own[j];
  }
  for (let i = 0; i < columns; i++) for (let j = 0; j < i; j++) squares[j][i] = squares[i][j];
  return squares;
}

/** A component and its opposite explain as much: scikit-learn's rule decides. */
function turnUpwards(components: Matrix, turn: Matrix): void {
  for (let i = 0; i < components.rows; i++) {
    const own = components.values.subarray(i * components.columns, (i + 1) * components.columns);
    const largest = own.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
    if (largest >= 0) continue;
    for (const values of [own, turn.values.subarray(i * turn.columns, (i + 1) * turn.columns)]) {
      for (let k = 0; k < values.length; k++) values[k] = -values[k];
    }
  }
}

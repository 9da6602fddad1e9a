import { type Matrix, transpose } from "../matrix.ts";
import { combinations, innerProducts } from "../products.ts";
import { type Cholesky, factorise, solveInPlace } from "./cholesky.ts";

/** The x of each row v of the argument with (scale · XᵀX + penalty) · x = v. */
export type RidgeSolver = (right: Matrix) => Matrix;

/**
 * Prepares to solve with the rows of X, on its smaller side.
 * @param x [rows, columns] @param penalty above 0
 */
export function ridgeSolver(x: Matrix, scale: number, penalty: number): RidgeSolver {
  if (x.rows >= x.columns) {
    const turned = transpose(x);
    const factors = factoriseRidge(innerProducts(turned, turned), scale, penalty);
    return (right) => solveRows(factors, right);
  }
  // Woodbury: v / penalty - scale / penalty · Xᵀ (scale · XXᵀ + penalty)⁻¹ X v
  const factors = factoriseRidge(innerProducts(x, x), scale, penalty);
  return (right) => {
    const within = combinations(solveRows(factors, innerProducts(right, x)), x).values;
    return { ...right, values: right.values.map((value, i) => (value - scale * within[i]) / penalty) };
  };
}

function factoriseRidge({ rows: size, values }: Matrix, scale: number, penalty: number): Cholesky {
  const matrix = Float64Array.from(values, (product) => scale * product);
  for (let i = 0; i < size; i++) matrix[i * size + i] += penalty;
  return factorise(matrix, size);
}

function solveRows(factors: Cholesky, right: Matrix): Matrix {
  const columns = Float64Array.from(transpose(right).values);
  solveInPlace(factors, columns);
  return transpose({ rows: right.columns, columns: right.rows, values: Float32Array.from(columns) });
}

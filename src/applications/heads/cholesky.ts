/** The lower triangle L with L · Lᵀ = matrix. @property values [size, size] */
export interface Cholesky {
  readonly size: number;
  readonly values: Float64Array;
}

/** @param matrix [size, size], symmetric and positive definite: its diagonal was raised by a penalty, for example */
export function factorise(matrix: Float64Array, size: number): Cholesky {
  const values = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * size + j];
      for (let k = 0; k < j; k++) sum -= values[i * size + k] * values[j * size + k];
      values[i * size + j] = i === j ? Math.sqrt(sum) : sum / values[j * size + j];
    }
  }
  return { size, values };
}

/** Turns each column of `right` into the x with L · Lᵀ · x = column, in place. @param right [size, columns] */
export function solveInPlace({ size, values }: Cholesky, right: Float64Array): void {
  const columns = right.length / size;
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) subtract(right, i * columns, values[i * size + k], k * columns, columns);
    divide(right, i * columns, values[i * size + i], columns);
  }
  for (let i = size - 1; i >= 0; i--) {
    divide(right, i * columns, values[i * size + i], columns);
    for (let k = 0; k < i; k++) subtract(right, k * columns, values[i * size + k], i * columns, columns);
  }
}

/** The x with L · x = right. @param right [size] */
export function solveLower({ size, values }: Cholesky, right: Float64Array): Float64Array {
  const solved = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    let rest = right[i];
    for (let k = 0; k < i; k++) rest -= values[i * size + k] * solved[k];
    solved[i] = rest / values[i * size + i];
  }
  return solved;
}

function subtract(right: Float64Array, to: number, factor: number, from: number, columns: number): void {
  for (let j = 0; j < columns; j++) right[to + j] -= factor * right[from + j];
}

function divide(right: Float64Array, row: number, divisor: number, columns: number): void {
  for (let j = 0; j < columns; j++) right[row + j] /= divisor;
}

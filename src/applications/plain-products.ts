import { type Matrix, transpose } from "./matrix.ts";
import type { Products } from "./products.ts";

/** Products in JavaScript alone, added up in double precision. */
export const plainProducts: Products = {
  innerProducts,
  combinations: (a, b) => innerProducts(a, transpose(b)),
};

function innerProducts(a: Matrix, b: Matrix): Matrix {
  const { columns } = a;
  const [x, y] = [a.values, b.values];
  const values = new Float32Array(a.rows * b.rows);
  for (let i = 0; i < a.rows; i++) {
    const start = i * columns;
    let j = 0;
    // Four at a time, so that each number of `a` is read once for four products.
    for (; j + 4 <= b.rows; j += 4) {
      const [j0, j1, j2, j3] = [j * columns, (j + 1) * columns, (j + 2) * columns, (j + 3) * columns];
      let [s0, s1, s2, s3] = [0, 0, 0, 0];
      for (let k = 0; k < columns; k++) {
        const value = x[start + k];
        s0 += value * y[j0 + k];
        s1 += value * y[j1 + k];
        s2 += value * y[j2 + k];
        s3 += value * y[j3 + k];
      }
      const to = i * b.rows + j;
      values[to] = s0;
      values[to + 1] = s1;
      values[to + 2] = s2;
      values[to + 3] = s3;
    }
    for (; j < b.rows; j++) {
      let sum = 0;
      for (let k = 0; k < columns; k++) sum += x[start + k] * y[j * columns + k];
      values[i * b.rows + j] = sum;
    }
  }
  return { rows: a.rows, columns: b.rows, values };
}

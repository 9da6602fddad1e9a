import type { Matrix } from "./matrix.ts";
import { plainProducts } from "./plain-products.ts";
import { simdProducts } from "./simd-products.ts";

/** Products of matrices. Each number is added up in an order of its own: it has the same bits in any company. */
export interface Products {
  /** The inner products of all rows: a [m, columns], b [n, columns] → [m, n]; of unit vectors, their cosines. */
  readonly innerProducts: (a: Matrix, b: Matrix) => Matrix;
  /** The plain product: a [m, n], b [n, columns] → [m, columns], the rows of b added up as often as a row of a says. */
  readonly combinations: (a: Matrix, b: Matrix) => Matrix;
}

export const { innerProducts, combinations }: Products = simdProducts ?? plainProducts;

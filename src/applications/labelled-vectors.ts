import { type Matrix, takeRows } from "./matrix.ts";

/** Vectors with what they show. @property labels [rows], class numbers @property groups [rows], patients for example */
export interface LabelledVectors {
  readonly vectors: Matrix;
  readonly labels: Int32Array;
  readonly groups: readonly string[];
}

export function takeLabelled({ vectors, labels, groups }: LabelledVectors, rows: ArrayLike<number>): LabelledVectors {
  return {
    vectors: takeRows(vectors, rows),
    labels: Int32Array.from(rows, (row) => labels[row]),
    groups: Array.from(rows, (row) => groups[row]),
  };
}

import { type Matrix, takeRows } from "../../src/applications/matrix.ts";
import type { LabelledPicture } from "./picture-set.ts";
import { rowsOf, type Task } from "./tasks.ts";

/** Vectors with what they show. @property labels [rows], class numbers @property groups [rows] */
export interface LabelledVectors {
  readonly vectors: Matrix;
  readonly labels: Int32Array;
  readonly groups: readonly string[];
}

/** The pictures that the task asks about. @param vectors [pictures, dimensions] */
export function labelFor(task: Task, pictures: readonly LabelledPicture[], vectors: Matrix): LabelledVectors {
  const { rows, labels } = rowsOf(task, pictures);
  return { vectors: takeRows(vectors, rows), labels, groups: Array.from(rows, (row) => pictures[row].group) };
}

export function takeLabelled({ vectors, labels, groups }: LabelledVectors, rows: ArrayLike<number>): LabelledVectors {
  return {
    vectors: takeRows(vectors, rows),
    labels: Int32Array.from(rows, (row) => labels[row]),
    groups: Array.from(rows, (row) => groups[row]),
  };
}

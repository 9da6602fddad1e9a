import type { LabelledVectors } from "../../src/applications/labelled-vectors.ts";
import { type Matrix, takeRows } from "../../src/applications/matrix.ts";
import type { LabelledPicture } from "./picture-set.ts";
import { rowsOf, type Task } from "./tasks.ts";

/** The pictures that the task asks about. @param vectors [pictures, dimensions] */
export function labelFor(task: Task, pictures: readonly LabelledPicture[], vectors: Matrix): LabelledVectors {
  const { rows, labels } = rowsOf(task, pictures);
  return { vectors: takeRows(vectors, rows), labels, groups: Array.from(rows, (row) => pictures[row].group) };
}

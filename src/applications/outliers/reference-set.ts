import { MedembedError } from "../../errors.ts";
import type { Matrix } from "../matrix.ts";

/** What others are compared with: vectors of pictures, series or studies that were accepted. */
export interface ReferenceSet {
  /** [rows] */
  readonly ids: readonly string[];
  readonly vectors: Matrix;
  /** [rows], patients for example: a reference is never compared with others of its own group. */
  readonly groups: readonly string[];
}

/** Row numbers of each group, in the order of their first rows. */
export function rowsOfGroups(groups: readonly string[]): number[][] {
  const rowsOf = new Map<string, number[]>();
  for (const [row, group] of groups.entries()) {
    const rows = rowsOf.get(group);
    if (rows) rows.push(row);
    else rowsOf.set(group, [row]);
  }
  return [...rowsOf.values()];
}

/**
 * @param neighbours so many must be left for each reference when its group is taken away
 * @throws MedembedError "invalid-data" for fewer, or what is no finite number
 */
export function checkReference({ vectors, groups }: Omit<ReferenceSet, "ids">, neighbours: number): void {
  const largest = rowsOfGroups(groups).reduce((most, { length }) => Math.max(most, length), 0);
  const left = vectors.rows - largest;
  if (left < neighbours) {
    throw new MedembedError(
      "invalid-data",
      `there are ${vectors.rows} vectors to compare with, of which ${left} are left for those of one patient; ` +
        `needed: ${neighbours}. Take more of them or fewer neighbours`,
    );
  }
  checkFinite(vectors, "reference");
}

/** @param what of which set, for the message @throws MedembedError "invalid-data" */
export function checkFinite({ columns, values }: Matrix, what: string): void {
  const place = values.findIndex((value) => !Number.isFinite(value));
  if (place < 0) return;
  throw new MedembedError(
    "invalid-data",
    `vector ${Math.floor(place / columns) + 1} of the ${what} holds what is no finite number: the deviation of a single slice is ` +
      "one where it is computed with ddof 1. Embed it again with medembed, or leave studies of one slice out",
  );
}

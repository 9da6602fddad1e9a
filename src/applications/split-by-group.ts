import { MedembedError } from "../errors.ts";
import type { LabelledVectors } from "./labelled-vectors.ts";
import { seededRandom, shuffled } from "./random.ts";

/** Row numbers of the three parts: to learn from, to decide by, and to measure on at the end. */
export interface Split {
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
}

export const PARTS = ["train", "validation", "test"] as const satisfies readonly (keyof Split)[];

type Labelled = Pick<LabelledVectors, "labels" | "groups">;

/**
 * Three parts without a group in two of them, each class in all parts as far as its groups go round.
 * @param shares of the rows, together 1
 */
export function splitThreeWays(rows: Labelled, shares: Readonly<Record<keyof Split, number>>, seed: number): Split {
  const parts = PARTS.map((name) => shares[name]);
  const [train, validation, test] = distributeGroups(rows, parts, seed);
  return { train, validation, test };
}

/**
 * As many splits as folds: each fold is the test part once, and the next one the validation part.
 * @throws MedembedError "invalid-data" for fewer than three folds, or fewer groups than folds
 */
export function splitIntoFolds(rows: Labelled, folds: number, seed: number): Split[] {
  const groups = new Set(rows.groups).size;
  if (folds < 3) throw new MedembedError("invalid-data", `${folds} folds are too few, 3 at least are needed`);
  if (folds > groups) {
    throw new MedembedError("invalid-data", `${folds} folds need as many groups, found ${groups}: take fewer folds`);
  }
  const parts = distributeGroups(rows, Array<number>(folds).fill(1 / folds), seed);
  return parts.map((test, fold) => {
    const next = (fold + 1) % folds;
    const train = parts.flatMap((part, i) => (i === fold || i === next ? [] : [...part]));
    return { train: Int32Array.from(train).sort(), validation: parts[next], test };
  });
}

/**
 * Deals groups out, those of the rarest class first and of these the largest, each to the part that lacks most of what it should
 * have of the group's classes.
 * @returns row numbers of each part, rising
 */
function distributeGroups({ labels, groups }: Labelled, shares: readonly number[], seed: number): Int32Array[] {
  const rowsOf = new Map<string, number[]>();
  for (const [row, group] of groups.entries()) rowsOf.set(group, [...(rowsOf.get(group) ?? []), row]);
  const totals = countBy(labels);
  const rarest = (rows: readonly number[]) => Math.min(...rows.map((row) => totals.get(labels[row]) ?? 0));
  const order = shuffled([...rowsOf.values()], seededRandom(seed)).sort(
    (a, b) => rarest(a) - rarest(b) || b.length - a.length,
  );
  const parts = shares.map((share) => ({ share, rows: [] as number[], counts: new Map<number, number>() }));
  for (const rows of order) {
    const lack = ({ share, counts }: (typeof parts)[number]) =>
      rows.reduce((sum, row) => {
        const [total, taken] = [totals, counts].map((of) => of.get(labels[row]) ?? 0);
        return sum + share * total - taken + (taken === 0 ? total : 0); // above all, each part gets some
      }, 0);
    const open = parts.filter(({ share }) => share > 0);
    const { rows: taken, counts } = open.reduce((most, part) => (lack(part) > lack(most) ? part : most));
    taken.push(...rows);
    for (const row of rows) counts.set(labels[row], (counts.get(labels[row]) ?? 0) + 1);
  }
  return parts.map(({ rows }) => Int32Array.from(rows).sort());
}

function countBy(labels: ArrayLike<number>): Map<number, number> {
  const counts = new Map<number, number>();
  for (let row = 0; row < labels.length; row++) counts.set(labels[row], (counts.get(labels[row]) ?? 0) + 1);
  return counts;
}

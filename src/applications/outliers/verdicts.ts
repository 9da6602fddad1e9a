import { type DescribedVectors, patientGroups } from "../vector-set.ts";
import type { OutlierDetector, OutlierMethod } from "./outlier-detector.ts";
import { alphaThreshold, type LabelledThreshold, labelledThreshold, type OutlierThreshold } from "./thresholds.ts";

/** What one method calls outliers by. */
export interface MethodThreshold {
  /** Undefined where the reference is too small for the alpha, or known outliers score no higher. */
  readonly threshold: OutlierThreshold | LabelledThreshold | undefined;
  /** [references], the score of each as if it were not in the reference. */
  readonly leftOut: Float64Array;
  /** [known outliers], their scores; undefined where none are known. */
  readonly known: Float64Array | undefined;
}

export type MethodThresholds = Readonly<Partial<Record<OutlierMethod, MethodThreshold>>>;

/** Where each method of a detector draws the line: by outliers that are known, and without them by the alpha. */
export function methodThresholds(
  { leftOut: scores, judge }: OutlierDetector,
  outliers: Pick<DescribedVectors, "ids" | "vectors" | "columns"> | undefined,
  alpha: number,
): MethodThresholds {
  const ofOutliers = outliers && judge(outliers.vectors, patientGroups(outliers)).byMethod;
  const entries = (Object.entries(scores) as [OutlierMethod, Float64Array][]).map(([method, leftOut]) => {
    const known = ofOutliers?.[method]?.scores;
    const threshold = known ? labelledThreshold(leftOut, known) : alphaThreshold(leftOut, alpha);
    return [method, { threshold, leftOut, known }] as const;
  });
  return Object.fromEntries(entries);
}

/** What one method says of a row; `isOutlier` is null where there is no threshold. */
export interface Verdict {
  readonly score: number;
  readonly p: number;
  readonly isOutlier: boolean | null;
}

/** What is said of a row. */
export interface JudgedVector {
  readonly methods: Readonly<Partial<Record<OutlierMethod, Verdict>>>;
  /** The references nearest to it, nearest first, by their rows. */
  readonly nearest: readonly { readonly reference: number; readonly distance: number }[];
}

/** @returns [rows] @throws MedembedError "invalid-data" for what is no finite number */
export function judgeVectors(
  detector: OutlierDetector,
  thresholds: MethodThresholds,
  rows: Pick<DescribedVectors, "ids" | "vectors" | "columns">,
): JudgedVector[] {
  const { byMethod, nearest } = detector.judge(rows.vectors, patientGroups(rows));
  const verdictOn = (row: number, method: OutlierMethod): Verdict => {
    const { scores, pValues } = byMethod[method]!;
    const { threshold } = thresholds[method]!;
    return { score: scores[row], p: pValues[row], isOutlier: threshold ? scores[row] > threshold.value : null };
  };
  const methods = Object.keys(byMethod) as OutlierMethod[];
  return rows.ids.map((_, row) => ({
    methods: Object.fromEntries(methods.map((method) => [method, verdictOn(row, method)])),
    nearest: Array.from({ length: nearest.count }, (_, i) => {
      const at = row * nearest.count + i;
      return { reference: nearest.places[at], distance: nearest.distances[at] };
    }),
  }));
}

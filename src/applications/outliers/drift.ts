import { kolmogorovSmirnov } from "../metrics/kolmogorov-smirnov.ts";

/** What stands beside the score of a row that was judged. */
export interface JudgedRow {
  /** Rows of one name are compared with the reference together: a month, a site. */
  readonly bucket: string;
  readonly score: number;
  readonly pValue: number;
  readonly isOutlier: boolean | undefined;
}

export interface Bucket {
  readonly bucket: string;
  readonly rows: number;
  readonly meanScore: number;
  /** About one half where nothing has changed. */
  readonly meanPValue: number;
  /** Undefined without a threshold. */
  readonly outliers: number | undefined;
  /** The largest distance between the cumulative shares of its scores and those of the reference. */
  readonly statistic: number;
  /** Of Kolmogorov and Smirnov's test that its scores are spread like those of the reference. Rows count as independent. */
  readonly p: number;
}

/** Whether scores change from bucket to bucket. @param leftOut [references] @returns by the buckets' names, rising */
export function compareBuckets(leftOut: Float64Array, rows: readonly JudgedRow[]): Bucket[] {
  return [...new Set(rows.map(({ bucket }) => bucket))].sort().map((bucket) => {
    const own = rows.filter((row) => row.bucket === bucket);
    const scores = own.map(({ score }) => score);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const isDecided = own.every(({ isOutlier }) => isOutlier !== undefined);
    return {
      bucket,
      rows: own.length,
      meanScore: mean(scores),
      meanPValue: mean(own.map(({ pValue }) => pValue)),
      outliers: isDecided ? own.filter(({ isOutlier }) => isOutlier).length : undefined,
      ...kolmogorovSmirnov(leftOut, scores),
    };
  });
}

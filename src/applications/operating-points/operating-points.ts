import { type BootstrapOptions, type Estimate, sample } from "../metrics/bootstrap.ts";
import { type CutCounts, countCuts, type RankedScores } from "../metrics/ranking.ts";
import {
  bestF1Threshold,
  figuresAt,
  sensitivityThreshold,
  specificityThreshold,
  type ThresholdFigures,
  youdenThreshold,
} from "./thresholds.ts";

/** What "ruled out" and "ruled in" promise, as the published heads have it. */
const TARGET = 0.9;

/** Ways to choose a threshold. */
export const OPERATING_POINTS = {
  youden: youdenThreshold,
  sensitivity90: (cuts) => sensitivityThreshold(cuts, TARGET),
  specificity90: (cuts) => specificityThreshold(cuts, TARGET),
  bestF1: bestF1Threshold,
} as const satisfies Record<string, (cuts: CutCounts) => number | undefined>;

export type OperatingPointName = keyof typeof OPERATING_POINTS;

/** A threshold and what it does, each with its 95 % interval. */
export type OperatingPoint = { readonly threshold: Estimate } & Readonly<Record<keyof ThresholdFigures, Estimate>>;

/**
 * Chooses thresholds on rows that were not trained on. The interval of a threshold comes from choosing it anew in every
 * bootstrap sample; those of its figures keep it where it is.
 * @param groups of the rows, patients for example
 * @returns without those that the rows do not give, as without a positive
 */
export function findOperatingPoints(
  ranked: RankedScores,
  groups: readonly string[],
  options: BootstrapOptions,
): Partial<Record<OperatingPointName, OperatingPoint>> {
  const points: Partial<Record<OperatingPointName, OperatingPoint>> = {};
  for (const [name, choose] of Object.entries(OPERATING_POINTS) as [OperatingPointName, Choose][]) {
    const threshold = choose(countCuts(ranked));
    if (threshold === undefined) continue;
    const chosen = sample(groups, (weights) => choose(countCuts(ranked, weights)) ?? Number.NaN, options);
    points[name] = { threshold: chosen.estimate, ...sampleFigures(threshold, ranked, groups, options) };
  }
  return points;
}

type Choose = (cuts: CutCounts) => number | undefined;

/** The figures of a given threshold, with intervals, for example on a test split. @param groups of the rows */
export function sampleFigures(
  threshold: number,
  ranked: RankedScores,
  groups: readonly string[],
  options: BootstrapOptions,
): Record<keyof ThresholdFigures, Estimate> {
  const names = Object.keys(figuresAt(threshold, countCuts(ranked))) as (keyof ThresholdFigures)[];
  const estimates = names.map((name) => {
    const statistic = (weights: Float64Array) => figuresAt(threshold, countCuts(ranked, weights))[name];
    return [name, sample(groups, statistic, options).estimate];
  });
  return Object.fromEntries(estimates);
}

import { type BootstrapOptions, type Estimate, estimateEach } from "../metrics/bootstrap.ts";
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
  const cuts = countCuts(ranked);
  const chosen = Object.entries(OPERATING_POINTS).flatMap(([name, choose]) => {
    const threshold = choose(cuts);
    return threshold === undefined ? [] : [{ name: name as OperatingPointName, choose, threshold }];
  });
  const chosenAnew = (weights: Float64Array) => {
    const drawn = countCuts(ranked, weights);
    return Object.fromEntries(chosen.map(({ name, choose }) => [name, choose(drawn) ?? Number.NaN]));
  };
  const thresholds = estimateEach(groups, chosenAnew, options);
  const figures = measureThresholds(
    chosen.map(({ threshold }) => threshold),
    ranked,
    groups,
    options,
  );
  return Object.fromEntries(chosen.map(({ name }, i) => [name, { threshold: thresholds[name], ...figures[i] }]));
}

/**
 * The figures of given thresholds, with intervals, for example on a test split.
 * @param groups of the rows @returns [thresholds]
 */
export function measureThresholds(
  thresholds: readonly number[],
  ranked: RankedScores,
  groups: readonly string[],
  options: BootstrapOptions,
): Record<keyof ThresholdFigures, Estimate>[] {
  const nameOf = (i: number, figure: string) => `${i} ${figure}`;
  const figuresOf = (weights?: Float64Array) => {
    const cuts = countCuts(ranked, weights);
    return thresholds.map((threshold) => Object.entries(figuresAt(threshold, cuts)));
  };
  const estimates = estimateEach(
    groups,
    (weights) =>
      Object.fromEntries(
        figuresOf(weights).flatMap((figures, i) => figures.map(([figure, value]) => [nameOf(i, figure), value])),
      ),
    options,
  );
  return figuresOf().map((figures, i) =>
    Object.fromEntries(figures.map(([figure]) => [figure, estimates[nameOf(i, figure)]])),
  ) as Record<keyof ThresholdFigures, Estimate>[];
}

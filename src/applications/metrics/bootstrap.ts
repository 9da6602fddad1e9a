import { type Random, seededRandom } from "../random.ts";
import { meanOfDefined } from "./row-weights.ts";
import { quantile } from "./sorted.ts";

/** As many as published intervals have: their ends are steady in the second digit. */
export const BOOTSTRAP_ROUNDS = 1_000;

export interface BootstrapOptions {
  readonly seed: number;
  readonly rounds: number;
}

/** A figure of a sample in which row i counts `weights[i]` times. */
export type Statistic = (weights: Float64Array) => number;

/** Several figures of such a sample, by name. */
export type Figures<Name extends string> = (weights: Float64Array) => Readonly<Record<Name, number>>;

/** @property low @property high the ends of the 95 % interval */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** A figure with the samples behind it, for means over tasks and for differences. */
export interface Sampled {
  readonly estimate: Estimate;
  /** [rounds] */
  readonly replicates: Float64Array;
}

const LEVEL = 0.95;

/**
 * The statistic of the rows as they are, with the interval of its bootstrap. Whole groups are drawn with replacement:
 * pictures of one patient are not independent, so they come and go together. The same seed draws the same samples:
 * differences of two such arrays are paired.
 * @param groups of the rows
 */
export function sample(groups: readonly string[], statistic: Statistic, options: BootstrapOptions): Sampled {
  return sampleEach(groups, (weights) => ({ figure: statistic(weights) }), options).figure;
}

/** Several figures of the same samples, for what they have in common is computed once. */
export function sampleEach<Name extends string>(
  groups: readonly string[],
  figures: Figures<Name>,
  { seed, rounds }: BootstrapOptions,
): Record<Name, Sampled> {
  const random = seededRandom(seed);
  const numbers = numberGroups(groups);
  const own = Object.entries(figures(new Float64Array(groups.length).fill(1))) as [Name, number][];
  const drawn = Array.from({ length: rounds }, () => figures(drawWeights(numbers, random)));
  const sampled = own.map(([name, value]) => {
    const replicates = Float64Array.from(drawn, (round) => round[name]);
    return [name, { estimate: estimate(value, replicates), replicates }];
  });
  return Object.fromEntries(sampled);
}

/** The estimates alone. */
export function estimateEach<Name extends string>(
  groups: readonly string[],
  figures: Figures<Name>,
  options: BootstrapOptions,
): Record<Name, Estimate> {
  const sampled = Object.entries(sampleEach(groups, figures, options)) as [Name, Sampled][];
  return Object.fromEntries(sampled.map(([name, { estimate: own }]) => [name, own])) as Record<Name, Estimate>;
}

/** The mean of independent figures: one with no value in a round (NaN) is left out of that round. */
export function meanOf(sampled: readonly Sampled[]): Sampled {
  const rounds = sampled[0]?.replicates.length ?? 0;
  const replicates = Float64Array.from({ length: rounds }, (_, round) =>
    meanOfDefined(sampled.map((one) => one.replicates[round])),
  );
  return { estimate: estimate(meanOfDefined(sampled.map((one) => one.estimate.value)), replicates), replicates };
}

/** after - before, paired: both drawn with the same seed over the same groups. */
export function differenceOf(after: Sampled, before: Sampled): Sampled {
  const replicates = after.replicates.map((replicate, round) => replicate - before.replicates[round]);
  return { estimate: estimate(after.estimate.value - before.estimate.value, replicates), replicates };
}

/** The percentile interval (Efron). Samples for which the statistic is not defined (NaN) are left out. */
function estimate(value: number, replicates: Float64Array): Estimate {
  const sorted = replicates.filter((replicate) => !Number.isNaN(replicate)).sort();
  return { value, low: quantile(sorted, (1 - LEVEL) / 2), high: quantile(sorted, (1 + LEVEL) / 2) };
}

interface NumberedGroups {
  /** [rows] */
  readonly ofRow: Int32Array;
  readonly count: number;
}

function numberGroups(groups: readonly string[]): NumberedGroups {
  const numbers = new Map<string, number>();
  for (const group of groups) if (!numbers.has(group)) numbers.set(group, numbers.size);
  return { ofRow: Int32Array.from(groups, (group) => numbers.get(group) ?? 0), count: numbers.size };
}

function drawWeights({ ofRow, count }: NumberedGroups, random: Random): Float64Array {
  const drawn = new Float64Array(count);
  for (let i = 0; i < count; i++) drawn[Math.floor(random() * count)]++;
  const weights = new Float64Array(ofRow.length);
  for (let row = 0; row < weights.length; row++) weights[row] = drawn[ofRow[row]];
  return weights;
}

/** What the neighbours say in a word. */
export interface LabelAnswer {
  /** Undefined where they do not agree well enough, or most of them do not tell. */
  readonly value: string | undefined;
  /** What they lean to, also where that is too little; undefined where none tells. */
  readonly best: string | undefined;
  /** Of the votes, from 0 to 1. */
  readonly share: number;
  /** How far it leads the second, from 0 to 1. */
  readonly margin: number;
}

/** Less than this weight of the neighbours says nothing of the exam: where most are CT, none has an echo time. */
const LEAST_TOLD = 0.5;

/** 1 / distance, together 1, as scikit-learn's weights "distance": those at distance 0 leave nothing to the others. */
export function distanceWeights(distances: ArrayLike<number>): Float64Array {
  const all = Array.from(distances);
  const raw = all.map((distance) => (all.includes(0) ? Number(distance === 0) : 1 / distance));
  const sum = raw.reduce((total, weight) => total + weight, 0);
  return Float64Array.from(raw, (weight) => weight / sum);
}

/**
 * The label with the largest weight; of equals the one that comes first in order.
 * @param values of the neighbours, undefined for one that does not tell: it does not vote @param weights of the neighbours, together 1
 * @param leastMargin to the second, as a share of the votes
 */
export function voteOn(
  values: readonly (string | undefined)[],
  weights: ArrayLike<number>,
  leastMargin: number,
): LabelAnswer {
  const votes = new Map<string, number>();
  for (const [i, value] of values.entries()) {
    if (value !== undefined) votes.set(value, (votes.get(value) ?? 0) + weights[i]);
  }
  const told = [...votes.values()].reduce((sum, weight) => sum + weight, 0);
  if (told === 0) return { value: undefined, best: undefined, share: 0, margin: 0 };
  const [first, second] = [...votes].sort(([a, weightA], [b, weightB]) => weightB - weightA || (a < b ? -1 : 1));
  const share = first[1] / told;
  const margin = share - (second?.[1] ?? 0) / told;
  const isClear = told >= LEAST_TOLD && margin > 0 && margin >= leastMargin;
  return { value: isClear ? first[0] : undefined, best: first[0], share, margin };
}

/**
 * The smallest value that has half of the weight at or below it: numpy's weighted quantile by the inverted distribution.
 * @param values undefined for one that does not tell @param weights together 1
 * @returns undefined where most do not tell
 */
export function weightedMedian(
  values: readonly (number | undefined)[],
  weights: ArrayLike<number>,
): number | undefined {
  const told = values.flatMap((value, i) => (value === undefined ? [] : [{ value, weight: weights[i] }]));
  const total = told.reduce((sum, { weight }) => sum + weight, 0);
  if (total < LEAST_TOLD) return undefined;
  let below = 0;
  for (const { value, weight } of told.sort((a, b) => a.value - b.value)) {
    below += weight;
    if (below >= total / 2) return value;
  }
  return undefined;
}

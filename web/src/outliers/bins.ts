/** Bars that an eye can still tell apart on a telephone. */
const BINS = 40;

/** Of the range, beyond the lowest and the highest score: so that a line can have all or none above it. */
const MARGIN = 0.01;

/** Scores counted over one range. */
export interface Bins {
  readonly low: number;
  readonly high: number;
  /** [BINS] each */
  readonly judged: readonly number[];
  readonly reference: readonly number[];
}

/** @param judged at least one */
export function countScores(judged: readonly number[], reference: readonly number[]): Bins {
  let [low, high] = [Infinity, -Infinity];
  for (const scores of [judged, reference]) {
    for (const score of scores) {
      low = Math.min(low, score);
      high = Math.max(high, score);
    }
  }
  const margin = (high - low) * MARGIN || 1;
  low -= margin;
  high += margin;
  const count = (scores: readonly number[]) => {
    const counts = Array.from({ length: BINS }, () => 0);
    for (const score of scores) counts[Math.floor((BINS * (score - low)) / (high - low))]++;
    return counts;
  };
  return { low, high, judged: count(judged), reference: count(reference) };
}

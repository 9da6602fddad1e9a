/** How finely a range of values is divided to find a rank in it. */
const BINS = 65_536;
/** So many values are put in order; more are divided again. */
const MAX_SORTED = 65_536;

/**
 * What stands at some ranks, counted from 0, were all values in order. Of hundreds of millions of values a few are copied and none is
 * moved: a rank is looked for in ever narrower ranges.
 * @param visit shows each of the values, finite ones, whenever it is called
 * @param ranks each below the number of values
 */
export function valuesAtRanks(visit: (see: (value: number) => void) => void, ranks: readonly number[]): number[] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  visit((value) => {
    if (value < low) low = value;
    if (value > high) high = value;
  });
  return ranks.map((rank) => valueAtRank(visit, rank, low, high));
}

/** @param low and `high` are values that there are */
function valueAtRank(visit: Parameters<typeof valuesAtRanks>[0], rank: number, low: number, high: number): number {
  let below = 0;
  for (;;) {
    if (low === high) return low;
    const binOf = binsBetween(low, high);
    const counts = new Uint32Array(BINS);
    visit((value) => {
      if (value >= low && value <= high) counts[binOf(value)]++;
    });
    let bin = 0;
    while (below + counts[bin] <= rank) below += counts[bin++];
    let [least, most] = [high, low];
    const members: number[] = [];
    const isFew = counts[bin] <= MAX_SORTED;
    visit((value) => {
      if (value < low || value > high || binOf(value) !== bin) return;
      if (value < least) least = value;
      if (value > most) most = value;
      if (isFew) members.push(value);
    });
    if (isFew) return Float64Array.from(members).sort()[rank - below];
    [low, high] = [least, most];
  }
}

/** Ascending, the first for the lowest value and the last for the highest one; of halves where the range would overflow. */
function binsBetween(low: number, high: number): (value: number) => number {
  const share = Number.isFinite(high - low) ? 1 : 0.5;
  const span = high * share - low * share;
  return (value) => Math.floor(((value * share - low * share) / span) * (BINS - 1));
}

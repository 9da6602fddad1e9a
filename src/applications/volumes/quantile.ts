/**
 * Between two values in proportion, as numpy's default ("linear", method 7 of Hyndman and Fan).
 * @param sorted ascending; of none the quantile is NaN
 * @param share from 0 to 1
 */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const position = (sorted.length - 1) * share;
  const rank = Math.floor(position);
  const [below, above] = [sorted[rank], sorted[Math.min(rank + 1, sorted.length - 1)]];
  return below + (above - below) * (position - rank);
}

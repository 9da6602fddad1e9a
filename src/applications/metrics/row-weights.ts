/** How often each row counts, [rows], as in a bootstrap sample; without it every row counts once. */
export type RowWeights = ArrayLike<number>;

/** NaN for nothing but NaN: what has no value is left out. */
export function meanOfDefined(values: Iterable<number>): number {
  let [sum, count] = [0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return sum / count;
}

/** The mean of one number a row; NaN without weight. @param values [rows] */
export function weightedMean(values: ArrayLike<number>, weights?: RowWeights): number {
  let [sum, total] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const weight = weights ? weights[i] : 1;
    sum += weight * values[i];
    total += weight;
  }
  return sum / total;
}

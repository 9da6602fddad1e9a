import { meanOfDefined, type Statistic } from "./bootstrap.ts";
import type { Matrix } from "./matrix.ts";

/**
 * The mean over the classes of the share of each that was found. Classes without weight are left out, as in a bootstrap
 * sample that happens to miss them.
 * @param truths [rows] @param guesses [rows], class numbers
 */
export function balancedAccuracy(truths: ArrayLike<number>, guesses: ArrayLike<number>, classes: number): Statistic {
  return (weights) => {
    const found = new Float64Array(classes);
    const all = new Float64Array(classes);
    for (let i = 0; i < truths.length; i++) {
      all[truths[i]] += weights[i];
      if (guesses[i] === truths[i]) found[truths[i]] += weights[i];
    }
    return meanOfDefined(all.map((weight, name) => found[name] / weight));
  };
}

/**
 * The mean over the classes of the area under the ROC curve of each against all others: the chance that a picture of the
 * class scores higher than one of another, ties counted half (Mann and Whitney).
 * @param scores [rows, classes] @param truths [rows]
 */
export function meanAreaUnderCurve(scores: Matrix, truths: ArrayLike<number>): Statistic {
  const areas = Array.from({ length: scores.columns }, (_, name) =>
    areaUnderCurve(
      Float32Array.from({ length: scores.rows }, (_, row) => scores.values[row * scores.columns + name]),
      Uint8Array.from(truths, (truth) => Number(truth === name)),
    ),
  );
  return (weights) => meanOfDefined(areas.map((area) => area(weights)));
}

/** NaN where one of the sides has no weight. @param scores [rows] @param isPositive [rows], 0 or 1 */
export function areaUnderCurve(scores: ArrayLike<number>, isPositive: ArrayLike<number>): Statistic {
  const order = Int32Array.from({ length: scores.length }, (_, row) => row).sort((a, b) => scores[a] - scores[b]);
  return (weights) => {
    let [negatives, positives, pairs] = [0, 0, 0];
    for (let i = 0; i < order.length; ) {
      let [tiedNegatives, tiedPositives] = [0, 0];
      const score = scores[order[i]];
      for (; i < order.length && scores[order[i]] === score; i++) {
        if (isPositive[order[i]]) tiedPositives += weights[order[i]];
        else tiedNegatives += weights[order[i]];
      }
      pairs += tiedPositives * (negatives + tiedNegatives / 2);
      negatives += tiedNegatives;
      positives += tiedPositives;
    }
    return pairs / (negatives * positives);
  };
}

/** The mean of one number a row, for example of the precision of each query. @param values [rows] */
export function weightedMean(values: ArrayLike<number>): Statistic {
  return (weights) => {
    let [sum, total] = [0, 0];
    for (let i = 0; i < values.length; i++) {
      sum += weights[i] * values[i];
      total += weights[i];
    }
    return sum / total;
  };
}

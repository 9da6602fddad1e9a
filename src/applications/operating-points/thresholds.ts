import type { CutCounts } from "../metrics/ranking.ts";

/*
 * A score is called positive when it is at least the threshold. A threshold that is found among scores is put midway between
 * the last score on its positive side and the next lower one: no score that was seen lies on it, so neither `<` nor `<=`
 * loses a case. Below the lowest score there is nothing to be midway to: that threshold is the score itself.
 */

/**
 * Where sensitivity + specificity - 1 is largest (Youden's J); of equals the highest.
 * @returns undefined where no threshold does better than chance
 */
export function youdenThreshold(cuts: CutCounts): number | undefined {
  const { truePositives, falsePositives, positives, negatives } = cuts;
  let best: { readonly cut: number; readonly gain: number } | undefined;
  for (let cut = 0; cut < truePositives.length; cut++) {
    const gain = truePositives[cut] / positives - falsePositives[cut] / negatives;
    if (gain > (best?.gain ?? 0)) best = { cut, gain };
  }
  return best && belowCut(cuts, best.cut);
}

/**
 * The highest threshold that finds at least that share of the positives, as to rule out: what lies below it is called
 * negative, and that share of the positives is not lost.
 * @param target from 0 to 1 @returns undefined without positives
 */
export function sensitivityThreshold(cuts: CutCounts, target: number): number | undefined {
  const { truePositives, positives } = cuts;
  const cut = truePositives.findIndex((found) => found / positives >= target);
  return cut < 0 ? undefined : belowCut(cuts, cut);
}

/**
 * The lowest threshold that leaves at least that share of the negatives below it, as to rule in.
 * @param target from 0 to 1 @returns undefined where the highest score alone is too many, or there are no negatives
 */
export function specificityThreshold(cuts: CutCounts, target: number): number | undefined {
  const { falsePositives, negatives } = cuts;
  const cut = falsePositives.findLastIndex((called) => (negatives - called) / negatives >= target);
  return cut < 0 ? undefined : belowCut(cuts, cut);
}

/** Steps between 0 and 1, as published for fine-tuned classifiers: 0, 0.05, … 0.95. */
const GRID_STEPS = 20;

/** The threshold of a grid with the largest F1; of equals the highest. @param cuts of probabilities @returns undefined without positives */
export function bestF1Threshold(cuts: CutCounts): number | undefined {
  let best: { readonly threshold: number; readonly f1: number } | undefined;
  for (let step = 0; step < GRID_STEPS; step++) {
    const threshold = step / GRID_STEPS;
    const { f1 } = figuresAt(threshold, cuts);
    if (f1 > 0 && f1 >= (best?.f1 ?? 0)) best = { threshold, f1 };
  }
  return best?.threshold;
}

/** What a threshold does to the rows it is tried on; NaN where it has nothing to say. */
export interface ThresholdFigures {
  /** The share of the positives that it finds. */
  readonly sensitivity: number;
  /** The share of the negatives that it leaves alone. */
  readonly specificity: number;
  /** Of what it calls positive, the share that is: at the prevalence of these rows. */
  readonly positivePredictiveValue: number;
  /** Of what it calls negative, the share that is: at the prevalence of these rows. */
  readonly negativePredictiveValue: number;
  readonly f1: number;
  /** The share of positives. */
  readonly prevalence: number;
}

export function figuresAt(threshold: number, cuts: CutCounts): ThresholdFigures {
  const { truePositives, falsePositives, positives, negatives } = cuts;
  const cut = lastAtLeast(threshold, cuts.thresholds);
  const [found, called] = cut < 0 ? [0, 0] : [truePositives[cut], falsePositives[cut]];
  const left = negatives - called;
  return {
    sensitivity: found / positives,
    specificity: left / negatives,
    positivePredictiveValue: found / (found + called),
    negativePredictiveValue: left / (left + positives - found),
    f1: (2 * found) / (positives + found + called),
    prevalence: positives / (positives + negatives),
  };
}

/** The threshold that calls positive what a cut does: midway to the next lower score. */
export function belowCut({ thresholds }: CutCounts, cut: number): number {
  const [above, below] = [thresholds[cut], thresholds[cut + 1]];
  const midway = (above + below) / 2;
  return midway > below ? midway : above; // also for neighbours among the doubles, and below the lowest
}

/** By halving; -1 where all are below. @param falling */
function lastAtLeast(value: number, falling: Float64Array): number {
  let [low, high] = [0, falling.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (falling[middle] >= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

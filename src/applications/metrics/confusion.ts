import { MedembedError } from "../../errors.ts";
import { checkSameLength } from "./check-rows.ts";
import { meanOfDefined, type RowWeights } from "./row-weights.ts";

/** How often each class was taken for each. @property counts [true class, guessed class] */
export interface ConfusionMatrix {
  readonly classes: number;
  readonly counts: Float64Array;
}

/** @property support rows that show the class */
export interface ClassScores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly support: number;
}

export interface ClassificationScores {
  /** [classes] */
  readonly perClass: readonly ClassScores[];
  /** The mean over the classes. */
  readonly macro: ClassScores;
  /** Of all decisions together; where each row has one truth and one guess, all three are the accuracy. */
  readonly micro: ClassScores;
  /** The mean over the rows: each class counts by its support. */
  readonly weighted: ClassScores;
}

/**
 * @param truths [rows] @param guesses [rows], class numbers
 * @throws MedembedError "invalid-data" for a number that is no class, or lists of different lengths
 */
export function confusionMatrix(
  truths: ArrayLike<number>,
  guesses: ArrayLike<number>,
  classes: number,
  weights?: RowWeights,
): ConfusionMatrix {
  checkSameLength("truths", truths, "guesses", guesses);
  const counts = new Float64Array(classes * classes);
  for (let i = 0; i < truths.length; i++) {
    const [truth, guess] = [truths[i], guesses[i]];
    if (!(truth >= 0 && truth < classes && guess >= 0 && guess < classes)) {
      throw new MedembedError(
        "invalid-data",
        `row ${i} has the classes ${truth} and ${guess}, needed: 0 to ${classes - 1}`,
      );
    }
    counts[truth * classes + guess] += weights ? weights[i] : 1;
  }
  return { classes, counts };
}

/** Each row of the matrix over its sum: of those that show a class, the share taken for each; 0 for a class that none shows. */
export function shareOfTruths(confusion: ConfusionMatrix): Float64Array {
  const { truths } = sums(confusion);
  return confusion.counts.map((count, i) => over(count, truths[Math.floor(i / confusion.classes)]));
}

/** The share of right guesses; NaN without rows. */
export function accuracy(confusion: ConfusionMatrix): number {
  const { right, total } = sums(confusion);
  return right.reduce((a, b) => a + b, 0) / total;
}

/** The mean recall of the classes that the rows show, as a bootstrap sample may miss some; NaN without rows. */
export function balancedAccuracy(confusion: ConfusionMatrix): number {
  const { right, truths } = sums(confusion);
  return meanOfDefined(truths.map((weight, name) => right[name] / weight));
}

/** Precision, recall and F1 = 2 · right / (truths + guesses). What would be 0 / 0 is 0. */
export function classificationScores(confusion: ConfusionMatrix): ClassificationScores {
  const { right, truths, guesses, total } = sums(confusion);
  const scoresOf = (hits: number, shown: number, guessed: number): ClassScores => ({
    precision: over(hits, guessed),
    recall: over(hits, shown),
    f1: over(2 * hits, shown + guessed),
    support: shown,
  });
  const perClass = Array.from(right, (hits, name) => scoresOf(hits, truths[name], guesses[name]));
  const meanBy = (share: (scores: ClassScores) => number): ClassScores => {
    const mean = (score: "precision" | "recall" | "f1") =>
      perClass.reduce((sum, scores) => sum + share(scores) * scores[score], 0);
    return { precision: mean("precision"), recall: mean("recall"), f1: mean("f1"), support: total };
  };
  const allRight = right.reduce((a, b) => a + b, 0);
  return {
    perClass,
    macro: meanBy(() => 1 / confusion.classes),
    micro: scoresOf(allRight, total, total),
    weighted: meanBy(({ support }) => over(support, total)),
  };
}

/**
 * Matthews' correlation for any number of classes (Gorodkin 2004, R_K), from -1 to 1; 0 where truths or guesses are all of
 * one class.
 */
export function matthewsCorrelation(confusion: ConfusionMatrix): number {
  const { right, truths, guesses, total } = sums(confusion);
  const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  const covariance = right.reduce((a, b) => a + b, 0) * total - dot(truths, guesses);
  const spread = (total ** 2 - dot(truths, truths)) * (total ** 2 - dot(guesses, guesses));
  return over(covariance, Math.sqrt(spread));
}

function over(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

/** Of each class: the guesses that are right, the rows that show it, the guesses of it. */
function sums({ classes, counts }: ConfusionMatrix) {
  const [right, truths, guesses] = [0, 1, 2].map(() => new Float64Array(classes));
  let total = 0;
  for (let truth = 0; truth < classes; truth++) {
    for (let guess = 0; guess < classes; guess++) {
      const count = counts[truth * classes + guess];
      truths[truth] += count;
      guesses[guess] += count;
      total += count;
    }
    right[truth] = counts[truth * classes + truth];
  }
  return { right, truths, guesses, total };
}

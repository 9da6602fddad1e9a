import { type BootstrapOptions, type Estimate, estimateEach } from "../metrics/bootstrap.ts";
import { accuracy, balancedAccuracy, confusionMatrix } from "../metrics/confusion.ts";
import { weightedMean } from "../metrics/row-weights.ts";
import type { ExamAnswer, ExamPredictor } from "./exam-predictor.ts";
import { conformalSpread, numberError } from "./fit-exam-predictor.ts";
import { NUMBER_TARGETS, type NumberTarget, type Scale } from "./targets.ts";

/** How well a label is told of patients that were left out; intervals of 95 % over patients. */
export interface LabelFigures {
  /** Rows whose header tells it. */
  readonly rows: number;
  /** The share of them that got an answer. */
  readonly coverage: Estimate;
  /** Of those that got one; NaN without any. */
  readonly accuracy: Estimate;
  readonly balancedAccuracy: Estimate;
  readonly values: readonly string[];
  /** [true value][answer], and in a last column those without an answer. */
  readonly confusion: readonly (readonly number[])[];
}

/** How well a number is told of patients that were left out; intervals of 95 % over patients. */
export interface NumberFigures {
  readonly rows: number;
  readonly coverage: Estimate;
  readonly scale: Scale;
  /** The mean distance to the true value: of logarithms on a logarithmic scale, where 0.1 is a tenth. NaN without any answer. */
  readonly error: Estimate;
  /** The share of true values within the interval that the other patients give; NaN where there is none. */
  readonly intervalCoverage: Estimate;
  /** From the value to an end of the interval; undefined where the examples are too few for alpha. */
  readonly spread: number | undefined;
}

export interface ExamFigures {
  readonly examples: number;
  readonly patients: number;
  readonly labels: Readonly<Record<string, LabelFigures>>;
  readonly numbers: Readonly<Partial<Record<NumberTarget, NumberFigures>>>;
}

/** What the figures of a target are made of. */
interface Told<Value> {
  /** [rows] of those whose header tells it. */
  readonly truths: readonly Value[];
  readonly groups: readonly string[];
  readonly answers: readonly ExamAnswer[];
}

/** How well a predictor tells its own examples, each from those of other patients. @param answers of `fitExamPredictor`, [examples] */
export function measureExamPredictor(
  { examples, settings, spreads }: ExamPredictor,
  answers: readonly ExamAnswer[],
  bootstrap: BootstrapOptions,
): ExamFigures {
  const { groups, labels, numbers } = examples;
  const toldOf = <Value>(values: readonly (Value | undefined)[]): Told<Value> => {
    const rows = [...values.keys()].filter((row) => values[row] !== undefined);
    return {
      truths: rows.map((row) => values[row] as Value),
      groups: rows.map((row) => groups[row]),
      answers: rows.map((row) => answers[row]),
    };
  };
  const ofNumbers = (Object.entries(numbers) as [NumberTarget, readonly (number | undefined)[]][]).map(
    ([target, values]) => {
      const figures = measureNumber(target, toldOf(values), settings.alpha, bootstrap);
      return [target, { ...figures, spread: spreads[target] }];
    },
  );
  return {
    examples: examples.ids.length,
    patients: new Set(groups).size,
    labels: Object.fromEntries(
      Object.entries(labels).map(([target, values]) => [target, measureLabel(target, toldOf(values), bootstrap)]),
    ),
    numbers: Object.fromEntries(ofNumbers),
  };
}

function measureLabel(target: string, told: Told<string>, bootstrap: BootstrapOptions): LabelFigures {
  const values = [...new Set(told.truths)].sort();
  const truths = told.truths.map((truth) => values.indexOf(truth));
  const guesses = told.answers.map(({ labels }) => {
    const { value } = labels[target];
    return value === undefined ? values.length : values.indexOf(value); // no answer is a class that no header has
  });
  const isAnswered = guesses.map((guess) => Number(guess < values.length));
  const answered = [...guesses.keys()].filter((row) => isAnswered[row]);
  const at = <Item>(items: ArrayLike<Item>) => answered.map((row) => items[row]);
  const [toldTruths, toldGuesses] = [at(truths), at(guesses)];
  const { counts, classes } = confusionMatrix(truths, guesses, values.length + 1);
  const figures = estimateEach(
    told.groups,
    (weights) => {
      const confusion = confusionMatrix(toldTruths, toldGuesses, values.length, at(weights));
      return {
        coverage: weightedMean(isAnswered, weights),
        accuracy: accuracy(confusion),
        balancedAccuracy: balancedAccuracy(confusion),
      };
    },
    bootstrap,
  );
  return {
    rows: truths.length,
    ...figures,
    values,
    confusion: values.map((_, truth) => Array.from(counts.subarray(truth * classes, (truth + 1) * classes))),
  };
}

function measureNumber(
  target: NumberTarget,
  { truths, groups, answers }: Told<number>,
  alpha: number,
  bootstrap: BootstrapOptions,
): Omit<NumberFigures, "spread"> {
  const { scale } = NUMBER_TARGETS[target];
  const errors = answers.map(({ numbers }, row) => numberError(target, numbers[target]?.value, truths[row]));
  const answered = [...errors.keys()].filter((row) => errors[row] !== undefined);
  const at = <Item>(items: ArrayLike<Item>) => answered.map((row) => items[row]);
  const toldErrors = at(errors) as number[];
  const within = isWithin(toldErrors, at(groups), alpha);
  const isAnswered = errors.map((error) => Number(error !== undefined));
  const figures = estimateEach(
    groups,
    (weights) => ({
      coverage: weightedMean(isAnswered, weights),
      error: weightedMean(toldErrors, at(weights)),
      intervalCoverage: weightedMean(within, at(weights)),
    }),
    bootstrap,
  );
  return { rows: truths.length, scale, ...figures };
}

/** Whether each error is within what those of other groups give; NaN where these are too few. */
function isWithin(errors: readonly number[], groups: readonly string[], alpha: number): number[] {
  const rising = [...errors.keys()].sort((a, b) => errors[a] - errors[b]);
  const spreadOf = new Map<string, number | undefined>();
  for (const group of new Set(groups)) {
    const others = rising.filter((row) => groups[row] !== group).map((row) => errors[row]);
    spreadOf.set(group, conformalSpread(others, alpha));
  }
  return errors.map((error, row) => {
    const spread = spreadOf.get(groups[row]);
    return spread === undefined ? Number.NaN : Number(error <= spread);
  });
}

import type { VectorSpace } from "../../vector-space.ts";
import { accuracy, balancedAccuracy, confusionMatrix } from "../metrics/confusion.ts";
import { type ExamAnswer, ExamPredictor, type ExamSettings, SCALES, type Spreads } from "./exam-predictor.ts";
import { type ExamExamples, learnable } from "./examples.ts";
import { NUMBER_TARGETS, type NumberTarget, type Scale } from "./targets.ts";

/** How well a label is told of patients that were left out. */
export interface LabelFigures {
  /** Rows whose header tells it. */
  readonly rows: number;
  /** The share of them that got an answer. */
  readonly coverage: number;
  /** Of those that got one; NaN without any. */
  readonly accuracy: number;
  readonly balancedAccuracy: number;
  readonly values: readonly string[];
  /** [true value][answer], and in a last column those without an answer. */
  readonly confusion: readonly (readonly number[])[];
}

/** How well a number is told of patients that were left out. */
interface NumberFigures {
  readonly rows: number;
  readonly coverage: number;
  readonly scale: Scale;
  /** The mean distance to the true value: of logarithms on a logarithmic scale, where 0.1 is a tenth. NaN without any answer. */
  readonly error: number;
  /** The share of true values within the interval that the other patients give; NaN where there is none. */
  readonly intervalCoverage: number;
  /** From the value to an end of the interval; undefined where the examples are too few for alpha. */
  readonly spread: number | undefined;
}

export interface ExamFigures {
  readonly examples: number;
  readonly patients: number;
  readonly labels: Readonly<Record<string, LabelFigures>>;
  readonly numbers: Readonly<Partial<Record<NumberTarget, NumberFigures>>>;
}

/**
 * Learns from what headers tell, and measures it by leaving each patient out.
 * @throws MedembedError "invalid-data" for examples of which nothing can be learned, or fewer than are asked
 */
export function fitExamPredictor(
  examples: ExamExamples,
  settings: ExamSettings,
  space: VectorSpace,
): { readonly predictor: ExamPredictor; readonly figures: ExamFigures; readonly answers: readonly ExamAnswer[] } {
  const learned = learnable(examples);
  const answers = new ExamPredictor(learned, settings, space).predict(learned.vectors, learned.groups);
  const numbers = Object.entries(learned.numbers).map(([name, values]) => {
    const target = name as NumberTarget;
    return [target, measureNumber(target, values, answers, learned.groups, settings.alpha)] as const;
  });
  const spreads = Object.fromEntries(
    numbers.flatMap(([target, { spread }]) => (spread === undefined ? [] : [[target, spread]])),
  ) as Spreads;
  return {
    predictor: new ExamPredictor(learned, settings, space, spreads),
    answers,
    figures: {
      examples: learned.ids.length,
      patients: new Set(learned.groups).size,
      labels: Object.fromEntries(
        Object.entries(learned.labels).map(([target, values]) => [target, measureLabel(target, values, answers)]),
      ),
      numbers: Object.fromEntries(numbers),
    },
  };
}

function measureLabel(
  target: string,
  truths: readonly (string | undefined)[],
  answers: readonly ExamAnswer[],
): LabelFigures {
  const told = [...truths.keys()].filter((row) => truths[row] !== undefined);
  const values = [...new Set(told.map((row) => truths[row] as string))].sort();
  const pairs = told.map((row) => {
    const { value } = answers[row].labels[target];
    return { truth: values.indexOf(truths[row] as string), answer: value === undefined ? -1 : values.indexOf(value) };
  });
  const answered = pairs.filter(({ answer }) => answer >= 0);
  const counts = confusionMatrix(
    answered.map(({ truth }) => truth),
    answered.map(({ answer }) => answer),
    values.length,
  );
  return {
    rows: told.length,
    coverage: answered.length / told.length,
    accuracy: accuracy(counts),
    balancedAccuracy: balancedAccuracy(counts),
    values,
    confusion: values.map((_, truth) => [
      ...counts.counts.subarray(truth * values.length, (truth + 1) * values.length),
      pairs.filter((pair) => pair.truth === truth && pair.answer < 0).length,
    ]),
  };
}

function measureNumber(
  target: NumberTarget,
  truths: readonly (number | undefined)[],
  answers: readonly ExamAnswer[],
  groups: readonly string[],
  alpha: number,
): NumberFigures {
  const { scale } = NUMBER_TARGETS[target];
  const { to } = SCALES[scale];
  const told = [...truths.keys()].filter((row) => truths[row] !== undefined);
  const errors = told.flatMap((row) => {
    const { value } = answers[row].numbers[target]!;
    if (value === undefined) return [];
    return [{ group: groups[row], error: Math.abs(to(value) - to(truths[row] as number)) }];
  });
  const sorted = errors.toSorted((a, b) => a.error - b.error);
  const within = errors.map(({ group, error }) => {
    const others = sorted.filter((other) => other.group !== group).map((other) => other.error);
    const spread = conformalSpread(others, alpha);
    return spread === undefined ? Number.NaN : Number(error <= spread);
  });
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    rows: told.length,
    coverage: errors.length / told.length,
    scale,
    error: mean(errors.map(({ error }) => error)),
    intervalCoverage: mean(within),
    spread: conformalSpread(
      sorted.map(({ error }) => error),
      alpha,
    ),
  };
}

/**
 * The error that at most a share alpha of new ones exceeds: the ⌈(n + 1)(1 - alpha)⌉-th smallest (split conformal prediction).
 * @param sorted rising @returns undefined where that is more than there are
 */
export function conformalSpread(sorted: readonly number[], alpha: number): number | undefined {
  const rank = Math.ceil((sorted.length + 1) * (1 - alpha) - 1e-9); // 20 · 0.95 is above 19 in doubles
  return sorted[rank - 1];
}

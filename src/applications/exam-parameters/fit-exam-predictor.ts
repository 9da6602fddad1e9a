import type { VectorSpace } from "../../vector-space.ts";
import { type ExamAnswer, ExamPredictor, type ExamSettings, SCALES, type Spreads } from "./exam-predictor.ts";
import { type ExamExamples, learnable } from "./examples.ts";
import { NUMBER_TARGETS, type NumberTarget } from "./targets.ts";

/**
 * Learns from what headers tell.
 * @returns with what it says of each of its examples, told from those of other patients
 * @throws MedembedError "invalid-data" for examples of which nothing can be learned, or fewer than are asked
 */
export function fitExamPredictor(
  examples: ExamExamples,
  settings: ExamSettings,
  space: VectorSpace,
): { readonly predictor: ExamPredictor; readonly answers: readonly ExamAnswer[] } {
  const learned = learnable(examples);
  const answers = new ExamPredictor(learned, settings, space).predict(learned.vectors, learned.groups);
  const spreads = (Object.entries(learned.numbers) as [NumberTarget, readonly (number | undefined)[]][]).map(
    ([target, truths]) => {
      const errors = truths.flatMap(
        (truth, row) => numberError(target, answers[row].numbers[target]?.value, truth) ?? [],
      );
      return [
        target,
        conformalSpread(
          errors.sort((a, b) => a - b),
          settings.alpha,
        ),
      ] as const;
    },
  );
  const known = Object.fromEntries(spreads.filter(([, spread]) => spread !== undefined)) as Spreads;
  return { predictor: new ExamPredictor(learned, settings, space, known), answers };
}

/** How far an answer is from the true value, on the scale of its target; undefined where one of them is. */
export function numberError(
  target: NumberTarget,
  answer: number | undefined,
  truth: number | undefined,
): number | undefined {
  if (answer === undefined || truth === undefined) return undefined;
  const { to } = SCALES[NUMBER_TARGETS[target].scale];
  return Math.abs(to(answer) - to(truth));
}

/**
 * The error that at most a share alpha of new ones exceeds: the ⌈(n + 1)(1 - alpha)⌉-th smallest (split conformal prediction).
 * @param sorted rising @returns undefined where that is more than there are
 */
export function conformalSpread(sorted: readonly number[], alpha: number): number | undefined {
  const rank = Math.ceil((sorted.length + 1) * (1 - alpha) - 1e-9); // 20 · 0.95 is above 19 in doubles
  return sorted[rank - 1];
}

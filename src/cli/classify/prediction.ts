import { PRESENT_ABOVE } from "../../applications/evaluate-labels.ts";
import type { Matrix } from "../../applications/matrix.ts";
import type { LabelVectors } from "../../applications/zero-shot/label-vectors.ts";

/** What is said of one picture; the columns are those of the published example. */
export interface Prediction {
  readonly file_name: string;
  /** The likeliest label; of labels that stand for themselves all that are more likely present than absent, with "; " between. */
  readonly zero_shot_pred: string;
  readonly ground_truth_label?: string;
  /** By label, the likeliest first. */
  readonly probabilities: Readonly<Record<string, number>>;
}

/** Between labels that a picture shows. */
export const LABEL_SEPARATOR = "; ";

interface Described {
  readonly id: string;
  /** Undefined where no truth is known, "" where none is for this picture. */
  readonly truth: string | undefined;
  /** How many of the labels are kept. */
  readonly top: number;
}

/** @param probabilities [1, labels] */
export function predictionOf(
  { names, absent }: LabelVectors,
  { values }: Matrix,
  { id, truth, top }: Described,
): Prediction {
  const ranked = names.map((name, i) => [name, values[i]] as const).sort((a, b) => b[1] - a[1]);
  const present = absent ? ranked.filter(([, probability]) => probability > PRESENT_ABOVE) : ranked.slice(0, 1);
  return {
    file_name: id,
    zero_shot_pred: present.map(([name]) => name).join(LABEL_SEPARATOR),
    ...(truth !== undefined && { ground_truth_label: truth }),
    probabilities: Object.fromEntries(ranked.slice(0, top)),
  };
}

import type { ThreeWayCall } from "../../../src/applications/operating-points/three-way-call.ts";
import type { Vectors } from "../server/calls.ts";

export interface LabelShare {
  readonly label: string;
  /** Labels share 1 among them. */
  readonly share: number;
  /** By the thresholds of an adapter; undefined for a label without them. */
  readonly call?: ThreeWayCall | undefined;
}

/** The softmax over exp(scalingFactor) × cosine, best first. @param texts in the order of the labels @param image of length 1 */
export function shareLabels(
  labels: readonly string[],
  { vectors: texts, scalingFactor }: Vectors,
  image: readonly number[],
): LabelShare[] {
  const logits = texts.map(
    (text) => Math.exp(scalingFactor) * text.reduce((sum, value, i) => sum + value * image[i], 0),
  );
  const highest = Math.max(...logits); // taken off, so that no exponential overflows
  const weights = logits.map((logit) => Math.exp(logit - highest));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return labels.map((label, i) => ({ label, share: weights[i] / sum })).sort((a, b) => b.share - a.share);
}

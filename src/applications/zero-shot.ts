import { cosine } from "../cosine.ts";

/**
 * How well each label fits an image: softmax over exp(logitScale) times the cosine, the model's own training objective.
 * @param image a vector [projection]
 * @param labels vectors [labels][projection]
 * @param logitScale a logarithm, as the checkpoint stores it
 * @returns [labels], each from 0 to 1, together 1
 */
export function zeroShotScores(image: Float32Array, labels: readonly Float32Array[], logitScale: number): number[] {
  const scale = Math.exp(logitScale);
  return softmax(labels.map((label) => scale * cosine(image, label)));
}

/** e^x over their sum, shifted so that nothing overflows. */
export function softmax(logits: readonly number[]): number[] {
  const highest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - highest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

import { checkNumbers } from "./check-rows.ts";
import { firstAtLeast } from "./sorted.ts";

/**
 * How unusual scores are among those of a reference set: p = (1 + reference scores at least as high) / (n + 1), the chance of
 * so high a score if the item were one of them. No p is below 1 / (n + 1): with 15 references none is below 0.0625, so
 * no item can be called unusual at the 5 % level.
 * @param reference [n], each computed without the reference item itself @param scores higher for what is less usual
 * @throws MedembedError "invalid-data" for a score that is NaN
 */
export function conformalPValues(reference: ArrayLike<number>, scores: ArrayLike<number>): Float64Array {
  checkNumbers("reference score", reference);
  checkNumbers("score", scores);
  const sorted = Float64Array.from(reference).sort();
  return Float64Array.from(scores, (score) => (1 + sorted.length - firstAtLeast(sorted, score)) / (sorted.length + 1));
}

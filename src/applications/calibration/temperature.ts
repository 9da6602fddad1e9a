import { MedembedError } from "../../errors.ts";
import { type Matrix, softmaxRows } from "../matrix.ts";

/** Scores that tell classes apart without a mistake ask for a temperature of 0: beyond these, probabilities change no more. */
const [MIN_TEMPERATURE, MAX_TEMPERATURE] = [0.01, 100];
/** Halvings of that range: more than a double has digits. */
const MAX_STEPS = 80;

/**
 * The temperature T at which softmax(logits / T) is most probable for what is true (Guo et al. 2017). It keeps the order of the
 * classes and changes how sure a model is: above 1 it was too sure. To be fitted on rows that were not trained on.
 * @param logits [rows, classes] @param truths [rows], class numbers @returns from 0.01 to 100
 * @throws MedembedError "invalid-data" without rows
 */
export function fitTemperature(logits: Matrix, truths: ArrayLike<number>): number {
  if (logits.rows === 0) throw new MedembedError("invalid-data", "there are no rows to fit a temperature on");
  // The loss is convex in 1 / T; its slope is the mean of (expected logit - true logit) and rises.
  let [low, high] = [1 / MAX_TEMPERATURE, 1 / MIN_TEMPERATURE];
  if (lossSlope(logits, truths, low) >= 0) return MAX_TEMPERATURE;
  if (lossSlope(logits, truths, high) <= 0) return MIN_TEMPERATURE;
  for (let step = 0; step < MAX_STEPS; step++) {
    const middle = Math.sqrt(low * high);
    if (lossSlope(logits, truths, middle) < 0) low = middle;
    else high = middle;
  }
  return 1 / Math.sqrt(low * high);
}

/** softmax(logits / temperature), [rows, classes]. */
export function withTemperature(logits: Matrix, temperature: number): Matrix {
  return softmaxRows(logits, 1 / temperature);
}

function lossSlope({ rows, columns, values }: Matrix, truths: ArrayLike<number>, scale: number): number {
  let slope = 0;
  for (let row = 0; row < rows; row++) {
    const own = values.subarray(row * columns, (row + 1) * columns);
    const largest = own.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    let [sum, weighted] = [0, 0];
    for (const logit of own) {
      const power = Math.exp(scale * (logit - largest));
      sum += power;
      weighted += power * logit;
    }
    slope += weighted / sum - own[truths[row]];
  }
  return slope / rows;
}

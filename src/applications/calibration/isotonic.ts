import { MedembedError } from "../../errors.ts";
import { checkNumbers, checkSameLength } from "../metrics/check-rows.ts";
import { firstAtLeast } from "../metrics/sorted.ts";

/** A rising step function through its corners; between two of them it is a straight line. */
export interface IsotonicFit {
  /** [corners], rising. */
  readonly scores: Float64Array;
  /** [corners], from 0 to 1, rising or level. */
  readonly probabilities: Float64Array;
}

/** Neighbouring rows that share one probability. */
interface Block {
  readonly first: number;
  readonly last: number;
  sum: number;
  count: number;
}

/**
 * The rising function of the score that is closest to what is true, in squares (pool adjacent violators). It bends any order-preserving
 * score into probabilities, and needs more rows than a temperature does. To be fitted on rows that were not trained on.
 * @param scores [rows] @param isPositive [rows]
 * @throws MedembedError "invalid-data" for NaN, lists of different lengths or no rows
 */
export function fitIsotonic(scores: ArrayLike<number>, isPositive: ArrayLike<number | boolean>): IsotonicFit {
  checkSameLength("scores", scores, "truths", isPositive);
  checkNumbers("score", scores);
  if (scores.length === 0) throw new MedembedError("invalid-data", "there are no rows to fit a calibration on");
  const blocks: Block[] = [];
  for (const own of poolTies(scores, isPositive)) {
    let block = own;
    for (let before = blocks.pop(); before; before = blocks.pop()) {
      if (before.sum / before.count < block.sum / block.count) {
        blocks.push(before);
        break;
      }
      block = { first: before.first, last: block.last, sum: before.sum + block.sum, count: before.count + block.count };
    }
    blocks.push(block);
  }
  const corners = blocks.flatMap(({ first, last, sum, count }) =>
    (first === last ? [first] : [first, last]).map((score) => ({ score, probability: sum / count })),
  );
  return {
    scores: Float64Array.from(corners, ({ score }) => score),
    probabilities: Float64Array.from(corners, ({ probability }) => probability),
  };
}

/**
 * The probability of each score; beyond the corners that of the nearest one.
 * @param scores [rows] @returns [rows] @throws MedembedError "invalid-data" for NaN
 */
export function applyIsotonic(
  { scores: corners, probabilities }: IsotonicFit,
  scores: ArrayLike<number>,
): Float64Array {
  checkNumbers("score", scores);
  return Float64Array.from(scores, (score) => {
    const above = firstAtLeast(corners, score);
    if (above === corners.length) return probabilities[above - 1];
    if (above === 0 || corners[above] === score) return probabilities[above];
    const share = (score - corners[above - 1]) / (corners[above] - corners[above - 1]);
    return probabilities[above - 1] + share * (probabilities[above] - probabilities[above - 1]);
  });
}

/** Rows of one score as one block, by rising score. */
function poolTies(scores: ArrayLike<number>, isPositive: ArrayLike<number | boolean>): Block[] {
  const order = Array.from(scores, (_, row) => row).sort((a, b) => scores[a] - scores[b]);
  const blocks: Block[] = [];
  for (const row of order) {
    const last = blocks.at(-1);
    if (last?.last === scores[row]) {
      last.sum += Number(isPositive[row]);
      last.count++;
    } else blocks.push({ first: scores[row], last: scores[row], sum: Number(isPositive[row]), count: 1 });
  }
  return blocks;
}

import { MedembedError } from "../../errors.ts";
import { checkSameLength } from "./check-rows.ts";
import { type RowWeights, weightedMean } from "./row-weights.ts";

/** The mean distance between prediction and truth, in their own unit. @param truths [rows] @param predictions [rows] */
export function meanAbsoluteError(
  truths: ArrayLike<number>,
  predictions: ArrayLike<number>,
  weights?: RowWeights,
): number {
  checkSameLength("truths", truths, "predictions", predictions);
  return weightedMean(
    Float64Array.from(truths, (truth, row) => Math.abs(predictions[row] - truth)),
    weights,
  );
}

/**
 * The mean of |ln prediction - ln truth|, for quantities that differ by factors, as repetition and echo times do: 0.1 is an
 * error of a tenth, whatever the size.
 * @throws MedembedError "invalid-data" for a value that is not above 0
 */
export function meanAbsoluteLogError(
  truths: ArrayLike<number>,
  predictions: ArrayLike<number>,
  weights?: RowWeights,
): number {
  const logarithm = (value: number, row: number) => {
    if (value > 0) return Math.log(value);
    throw new MedembedError("invalid-data", `row ${row} has a value that is not above 0 and has no logarithm`);
  };
  return meanAbsoluteError(Float64Array.from(truths, logarithm), Float64Array.from(predictions, logarithm), weights);
}

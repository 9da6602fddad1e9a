import { MedembedError } from "../../errors.ts";

/** @throws MedembedError "invalid-data" unless both have one value a row */
export function checkSameLength(name: string, a: ArrayLike<unknown>, other: string, b: ArrayLike<unknown>): void {
  if (a.length === b.length) return;
  throw new MedembedError(
    "invalid-data",
    `there are ${a.length} ${name} and ${b.length} ${other}, needed: one each a row`,
  );
}

/** @param name of one value @throws MedembedError "invalid-data" for a value that is NaN or outside the range, ends included */
export function checkRange(name: string, values: ArrayLike<number>, [low, high]: readonly [number, number]): void {
  for (let row = 0; row < values.length; row++) {
    if (values[row] >= low && values[row] <= high) continue;
    throw new MedembedError(
      "invalid-data",
      `the ${name} of row ${row} is ${values[row]}, needed: a number from ${low} to ${high}`,
    );
  }
}

/** @param name of one value @throws MedembedError "invalid-data" for a value that is NaN */
export function checkNumbers(name: string, values: ArrayLike<number>): void {
  checkRange(name, values, [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
}

import { MedembedError } from "../errors.ts";
import { checkLabels } from "./labels.ts";
import type { StoredVector } from "./record.ts";

/** Vectors of ours are of length 1 up to float32 noise; one that was rounded to few digits still is, one that was scaled is not. */
const LENGTH_TOLERANCE = 1e-3;
/** Longer than any path or address. */
const MAX_TEXT_LENGTH = 8_192;

/** @throws MedembedError "usage" for a record that a library cannot hold */
export function checkRecord({ id, source, vector, labels }: StoredVector, dimensions: number): void {
  for (const [name, text] of Object.entries({ id, source })) {
    if (text === "" || text.length > MAX_TEXT_LENGTH || text.includes("\0")) {
      throw new MedembedError(
        "usage",
        `the ${name} of a record must have 1 to ${MAX_TEXT_LENGTH} characters, none of them 0`,
      );
    }
  }
  if (vector.length !== dimensions) {
    throw new MedembedError("usage", `a vector has ${vector.length} values, those of the library have ${dimensions}`);
  }
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  if (!(Math.abs(length - 1) <= LENGTH_TOLERANCE)) {
    throw new MedembedError("usage", `a vector is ${length.toPrecision(4)} long, those of a library are 1 long`);
  }
  checkLabels(labels);
}

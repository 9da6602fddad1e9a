import { MedembedError } from "../../errors.ts";

/** What stands behind a recipe's name, by option. */
export type Given = Readonly<Record<string, string>>;

interface Numbers {
  /** How many there may be. */
  readonly counts: readonly number[];
  /** Infinite where anything goes. */
  readonly min: number;
  readonly max: number;
  readonly isWhole?: true;
}

/** Few enough digits to be written again as they were read. */
const NUMBER = /^-?\d{1,9}(\.\d{1,6})?$/;

/** Numbers with commas between them. @throws MedembedError "usage" */
export function readNumbers(given: Given, option: string, { counts, min, max, isWhole }: Numbers): number[] {
  const numbers = given[option].split(",").map((text) => (NUMBER.test(text) ? Number(text) : Number.NaN));
  const isRight = (number: number) => number >= min && number <= max && (!isWhole || Number.isInteger(number));
  if (!counts.includes(numbers.length) || !numbers.every(isRight)) {
    const kind = isWhole ? "whole numbers" : "numbers";
    const range = Number.isFinite(max) ? ` from ${min} to ${max}` : "";
    throw new MedembedError("usage", `${option} needs ${counts.join(" or ")} ${kind}${range}`);
  }
  return numbers;
}

/** 1 or 0; false where it is not given. @throws MedembedError "usage" */
export function readSwitch(given: Given, option: string): boolean {
  const text = given[option] ?? "0";
  if (text !== "0" && text !== "1") throw new MedembedError("usage", `${option} is 1 or 0`);
  return text === "1";
}

/** At most one of several that exclude each other. @throws MedembedError "usage" */
export function onlyOneOf<Option extends string>(given: Given, options: readonly Option[]): Option | undefined {
  const found = options.filter((option) => Object.hasOwn(given, option));
  if (found.length > 1) throw new MedembedError("usage", `${found.join(" and ")} exclude each other`);
  return found[0];
}

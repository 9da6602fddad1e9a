import { WORDS } from "../words.ts";
import type { Finding } from "./findings.ts";

const NAMES: Readonly<Record<string, string>> = { ...WORDS.facts, ...WORDS.exams.fields };
/** Of a number that was estimated. */
const DIGITS = 3;

export function fieldName(field: string): string {
  return NAMES[field] ?? field;
}

/** What the header says, in words. */
export function headerWords({ header }: Finding): string {
  return header === null ? WORDS.exams.nothing : String(header);
}

/** What the neighbours say, in words. */
export function neighbourWords({ predicted, interval }: Finding): string {
  if (predicted === null) return WORDS.exams.abstain;
  if (typeof predicted === "string") return predicted;
  const [low, high] = (interval ?? []).map(rounded);
  return interval ? `${rounded(predicted)} (${WORDS.exams.within(low, high)})` : rounded(predicted);
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(DIGITS)));
}

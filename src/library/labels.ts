import { MedembedError } from "../errors.ts";
import type { Labels } from "./record.ts";

/** No `=`, which ends a name where labels are stored, and nothing that would make a filter or a file's column unclear. */
export const LABEL_NAME = /^[A-Za-z][\w.-]{0,63}$/;
/** Longer than a label, shorter than a report: those do not belong here. */
export const MAX_VALUE_LENGTH = 1_000;

/** As the table holds them: `name=value`, sorted. A list can be searched for what it contains. */
export function writeLabels(labels: Labels): string[] {
  return Object.entries(labels)
    .map(([name, value]) => storedLabel(name, value))
    .sort();
}

export function storedLabel(name: string, value: string): string {
  return `${name}=${value}`;
}

export function readLabels(stored: readonly string[]): Labels {
  return Object.fromEntries(
    stored.map((label) => {
      const end = label.indexOf("=");
      return [label.slice(0, end), label.slice(end + 1)];
    }),
  );
}

/** @throws MedembedError "usage" for a name or value that cannot be stored */
export function checkLabels(labels: Labels): Labels {
  for (const [name, value] of Object.entries(labels)) {
    if (!LABEL_NAME.test(name)) {
      throw new MedembedError("usage", "a label's name begins with a letter, then letters, digits, _ . -; at most 64");
    }
    if (value === "" || value.length > MAX_VALUE_LENGTH || /\p{Cc}/u.test(value)) {
      throw new MedembedError(
        "usage",
        `the value of label ${name} must have 1 to ${MAX_VALUE_LENGTH} characters, no control characters among them`,
      );
    }
  }
  return labels;
}

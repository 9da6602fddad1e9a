import { fixText } from "./fix-text.ts";

/**
 * A text as CLIP's tokenizer reads it: repaired as ftfy does, each run of white space one space, none at the ends, lower case.
 * Unpaired surrogates come out as U+FFFD.
 */
export function normaliseText(text: string): string {
  return fixText(text).replace(/\s+/g, " ").trim().toLowerCase();
}

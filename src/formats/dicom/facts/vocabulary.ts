import type { Attribute, Attributes } from "../attributes.ts";

/** PS3.16 8: the designators of SNOMED CT's codes, and of the older ones that its SNOMED-RT style has. */
const SNOMED = new Set(["SCT", "SRT", "SNM3", "99SDM"]);

/** A closed list of words, each with its codes in SNOMED CT and in the older SNOMED-RT style. */
export interface Vocabulary {
  readonly words: ReadonlySet<string>;
  readonly byCode: ReadonlyMap<string, string>;
}

/** @param table entries of the form `WORD=code,code`, parted by white space; a word may have no codes */
export function vocabulary(table: string): Vocabulary {
  const entries = table
    .trim()
    .split(/\s+/)
    .map((entry) => entry.split("="));
  return {
    words: new Set(entries.map(([word]) => word)),
    byCode: new Map(entries.flatMap(([word, codes]) => (codes?.split(",") ?? []).map((code) => [code, word]))),
  };
}

/** The word for the code in the first item of a sequence, PS3.3 8.8; its meaning, a free text, is not looked at. */
export function codedWord(attributes: Attributes, sequence: Attribute, { byCode }: Vocabulary): string | undefined {
  const [item] = attributes.items(sequence);
  if (!item || !SNOMED.has(item.text("codingSchemeDesignator") ?? "")) return undefined;
  return byCode.get(item.text("codeValue") ?? "");
}

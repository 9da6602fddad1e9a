import { normaliseText } from "../../text/normalise-text.ts";
import { BODY_PARTS, MODALITIES, type Term, VIEWS } from "../catalogue/vocabulary.ts";

/** In the order of the grammar: `<modality> <body part> <view> <finding>`. */
type PromptPart = "modality" | "bodyPart" | "view" | "finding";

/** What of a prompt the catalogue's vocabulary recognises. */
export interface ParsedPrompt {
  readonly modality?: Term;
  readonly bodyPart?: Term;
  readonly view?: Term;
  /** What is left, without punctuation; empty where nothing is. */
  readonly finding: string;
  /** The parts that are there, as they follow one another. */
  readonly order: readonly PromptPart[];
}

const TERMS = { modality: MODALITIES, bodyPart: BODY_PARTS, view: VIEWS } as const;
type TermPart = keyof typeof TERMS;

/** Of each part its words: longer ones first, so that "computed tomography angiography" is no computed tomography. */
const PATTERNS = Object.fromEntries(
  Object.entries(TERMS).map(([part, terms]) => {
    const words = terms.flatMap(({ name, synonyms }) => [name, ...synonyms]).sort((a, b) => b.length - a.length);
    return [part, new RegExp(`(?<![\\w-])(?:${words.join("|")})(?![\\w-])`)];
  }),
) as Record<TermPart, RegExp>;

/** Finds the parts of a prompt, wherever they stand; of several words for one part the first counts. */
export function parsePrompt(prompt: string): ParsedPrompt {
  const text = normaliseText(prompt);
  let rest = text;
  const found: { part: PromptPart; start: number; term?: Term }[] = [];
  for (const part of ["modality", "bodyPart", "view"] as const) {
    const match = PATTERNS[part].exec(rest);
    if (!match) continue;
    const [word] = match;
    const term = TERMS[part].find(({ name, synonyms }) => name === word || synonyms.includes(word))!;
    found.push({ part, start: match.index, term });
    // Blanks in its place: what is found behind it keeps its position.
    rest = rest.slice(0, match.index) + " ".repeat(word.length) + rest.slice(match.index + word.length);
  }
  const finding = rest
    .replace(/[.,;:!?]/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  if (finding !== "") found.push({ part: "finding", start: rest.search(/[^\s.,;:!?]/) });
  found.sort((a, b) => a.start - b.start);
  const terms = Object.fromEntries(found.flatMap(({ part, term }) => (term ? [[part, term]] : [])));
  return { ...terms, finding, order: found.map(({ part }) => part) };
}

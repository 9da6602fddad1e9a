import { decodeHtmlEntities } from "./html-entities.ts";
import { fixMojibake, fixStrayC1Controls } from "./mojibake.ts";

/**
 * Rounds of repair that one line may take. Honest text rests after two or three; without a bound, nested entities
 * (`&amp;amp;amp;…`) would take time that grows with the square of their depth.
 */
const MAX_ROUNDS = 16;

/**
 * A stretch of text that is composed (NFC) at once, with at most 100 marks on its last letter: putting marks in order
 * takes time that grows with the square of their number, and no script stacks more than a handful.
 */
const COMPOSED_AT_ONCE = /\P{M}+\p{M}{0,100}|\p{M}{1,100}/gu;

/** Printable ASCII without an ampersand: nothing below would change it. */
const UNTOUCHED = /^[\t\n -%'-~]*$/;

/** The repairs after entities and mojibake, in ftfy's order. */
const REPAIRS: readonly [pattern: RegExp, replacement: string | ((match: string) => string)][] = [
  // Ligatures and digraphs of Latin letters; NFKC would also turn the long s of ﬅ into a plain one.
  [/ﬅ/g, "ſt"],
  [/[ĲĳŉǄ-ǌǱ-ǳﬀ-ﬄﬆ]/g, (ligature) => ligature.normalize("NFKC")],
  // Full-width and half-width forms, and the ideographic space.
  [/[\u3000\uff01-\uffef]/g, (wide) => wide.normalize("NFKC")],
  [/[\u201c-\u201f]/g, '"'],
  [/[\u02bc\u2018-\u201b]/g, "'"],
  [/\r\n?|[\u0085\u2028\u2029]/g, "\n"],
  // In unicode mode a paired surrogate is part of its character and does not match.
  [/[\ud800-\udfff]/gu, "\ufffd"],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours begin with ESC
  [/\u001b\[[\d;]*[a-zA-Z]/g, ""],
  // ASCII controls except white space, deprecated formatting, the byte order mark, interlinear annotation, object replacement.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
  [/[\0-\x08\x0b\x0e-\x1f\x7f\u206a-\u206f\ufeff\ufff9-\ufffc]/g, ""],
];

/**
 * What ftfy 6.2.3's `fix_text` does by default, line by line and round by round until nothing changes: HTML entities (until
 * a "<" shows that the text may be markup), mojibake, C1 controls, ligatures, character width, quotes, line breaks,
 * surrogates, terminal escapes, control characters, NFC.
 *
 * Left out: the names of HTML 5 beyond those in `html-entities.ts`, the kinds of mojibake that `mojibake.ts` names, a
 * seventeenth round, the order of more than 100 marks on a letter.
 */
export function fixText(text: string): string {
  if (UNTOUCHED.test(text)) return text;
  let isMarkup = false;
  let fixed = "";
  for (const line of text.split(/(?<=\n)/)) {
    isMarkup ||= line.includes("<"); // and so for the lines that follow
    fixed += fixLine(line, !isMarkup);
  }
  return fixed;
}

function fixLine(line: string, hasEntities: boolean): string {
  let fixed = line;
  for (let round = 0; round < MAX_ROUNDS && !UNTOUCHED.test(fixed); round++) {
    const before = fixed;
    if (hasEntities) fixed = decodeHtmlEntities(fixed);
    fixed = fixStrayC1Controls(fixMojibake(fixed));
    for (const [pattern, replacement] of REPAIRS) fixed = fixed.replace(pattern, replacement as string);
    fixed = fixed.replace(COMPOSED_AT_ONCE, (stretch) => stretch.normalize("NFC"));
    if (fixed === before) break;
  }
  return fixed;
}

import { fixStrayC1Controls } from "./mojibake.ts";

/**
 * Names of consecutive characters, the first one's code in front: Latin-1's symbols and Greek. A dash skips a character
 * that has no name here: accented letters are in `ACCENTS`.
 */
const RUNS: readonly [firstCode: number, names: string][] = [
  [
    0xa0,
    "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro " +
      "para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest - - - - - - AElig - - - - - - - - - ETH - - - - - - " +
      "times Oslash - - - - - THORN szlig - - - - - - aelig - - - - - - - - - eth - - - - - - divide oslash - - - - - thorn",
  ],
  [
    0x391,
    "Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi Omicron Pi Rho - Sigma Tau Upsilon Phi Chi " +
      "Psi Omega - - - - - - - alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho " +
      "sigmaf sigma tau upsilon phi chi psi omega",
  ],
];

/** Name and character in turn: the rest of HTML 4, then what HTML 5 adds for ASCII, European letters and common signs. */
const SYMBOLS =
  'quot " amp & lt < gt > OElig Œ oelig œ fnof ƒ circ ˆ tilde ˜ thetasym ϑ upsih ϒ piv ϖ ensp \u2002 emsp \u2003 ' +
  "thinsp \u2009 zwnj \u200c zwj \u200d lrm \u200e rlm \u200f ndash – mdash — lsquo ‘ rsquo ’ sbquo ‚ ldquo “ rdquo ” bdquo „ " +
  "dagger † Dagger ‡ bull • hellip … permil ‰ prime ′ Prime ″ lsaquo ‹ rsaquo › oline ‾ frasl ⁄ euro € image ℑ weierp ℘ " +
  "real ℜ trade ™ alefsym ℵ larr ← uarr ↑ rarr → darr ↓ harr ↔ crarr ↵ lArr ⇐ uArr ⇑ rArr ⇒ dArr ⇓ hArr ⇔ forall ∀ part ∂ " +
  "exist ∃ empty ∅ nabla ∇ isin ∈ notin ∉ ni ∋ prod ∏ sum ∑ minus − lowast ∗ radic √ prop ∝ infin ∞ ang ∠ and ∧ or ∨ cap ∩ " +
  "cup ∪ int ∫ there4 ∴ sim ∼ cong ≅ asymp ≈ ne ≠ equiv ≡ le ≤ ge ≥ sub ⊂ sup ⊃ nsub ⊄ sube ⊆ supe ⊇ oplus ⊕ otimes ⊗ " +
  "perp ⊥ sdot ⋅ lceil ⌈ rceil ⌉ lfloor ⌊ rfloor ⌋ lang ⟨ rang ⟩ loz ◊ spades ♠ clubs ♣ hearts ♥ diams ♦ " +
  "apos ' Tab \t NewLine \n excl ! num # dollar $ percnt % lpar ( rpar ) ast * plus + comma , period . sol / colon : semi ; " +
  "equals = quest ? commat @ lsqb [ lbrack [ bsol \\ rsqb ] rbrack ] Hat ^ lowbar _ grave ` lcub { lbrace { verbar | vert | " +
  'rcub } rbrace } QUOT " AMP & LT < GT > COPY © REG ® TRADE ™ half ½ pm ± div ÷ centerdot · Dstrok Đ dstrok đ Hstrok Ħ ' +
  "hstrok ħ imath ı IJlig Ĳ ijlig ĳ Lstrok Ł lstrok ł Lmidot Ŀ lmidot ŀ napos ŉ ENG Ŋ eng ŋ Tstrok Ŧ tstrok ŧ hyphen ‐ " +
  "dash ‐ horbar ― numsp \u2007 puncsp \u2008 hairsp \u200a numero № ohm Ω deg ° frac13 ⅓ frac23 ⅔ frac15 ⅕ frac18 ⅛ frac38 ⅜ " +
  "frac58 ⅝ frac78 ⅞ check ✓ checkmark ✓ cross ✗ star ☆ starf ★ female ♀ male ♂ leq ≤ geq ≥ approx ≈";

/** An accent's name, its combining character, and the letters that HTML names with it: `eacute` is é. */
const ACCENTS: readonly [suffix: string, combining: string, letters: string][] = [
  ["grave", "\u0300", "AEIOUaeiou"],
  ["acute", "\u0301", "ACEILNORSUYZacegilnorsuyz"],
  ["circ", "\u0302", "ACEGHIJOSUWYaceghijosuwy"],
  ["tilde", "\u0303", "AINOUainou"],
  ["macr", "\u0304", "AEIOUaeiou"],
  ["breve", "\u0306", "AGUagu"],
  ["dot", "\u0307", "CEGIZcegz"],
  ["uml", "\u0308", "AEIOUYaeiouy"],
  ["ring", "\u030a", "AUau"],
  ["dblac", "\u030b", "OUou"],
  ["caron", "\u030c", "CDELNRSTZcdelnrstz"],
  ["cedil", "\u0327", "CGKLNRSTcklnrst"],
  ["ogon", "\u0328", "AEIUaeiu"],
];

const ENTITIES: ReadonlyMap<string, string> = buildEntities();

/**
 * Replaces `&name;`, `&#123;` and `&#x1f;` by their characters, in one pass; also a lower-case name in capitals
 * (`P&EACUTE;REZ`), as ftfy does. What is not closed by a semicolon, or not known, stays.
 */
export function decodeHtmlEntities(text: string): string {
  return text.replace(/&(#?)([0-9A-Za-z]{1,24});/g, (entity, hash: string, body: string) =>
    hash === "" ? decodeName(entity, body) : decodeNumber(entity, body),
  );
}

function decodeName(entity: string, name: string): string {
  const character = ENTITIES.get(name);
  if (character !== undefined) return character;
  if (name !== name.toUpperCase()) return entity;
  return ENTITIES.get(name.toLowerCase())?.toUpperCase() ?? entity;
}

function decodeNumber(entity: string, body: string): string {
  const isHexadecimal = /^[xX][0-9a-fA-F]+$/.test(body);
  if (!isHexadecimal && !/^[0-9]+$/.test(body)) return entity;
  const code = isHexadecimal ? Number.parseInt(body.slice(1), 16) : Number.parseInt(body, 10);
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return "\ufffd";
  if (code === 0x3b) return entity; // ftfy takes a semicolon left over for a sign of failure
  const character = String.fromCodePoint(code);
  // HTML calls these code points errors.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return /[\x01-\x08\x0b\x0e-\x1f\x7f\p{Noncharacter_Code_Point}]/u.test(character)
    ? ""
    : fixStrayC1Controls(character);
}

function buildEntities(): Map<string, string> {
  const entities = new Map<string, string>();
  for (const [firstCode, names] of RUNS) {
    for (const [index, name] of names.split(" ").entries()) {
      if (name !== "-") entities.set(name, String.fromCharCode(firstCode + index));
    }
  }
  for (const [, name, character] of SYMBOLS.matchAll(/(\w+) (.)(?: |$)/gsu)) entities.set(name!, character!);
  for (const [suffix, combining, letters] of ACCENTS) {
    for (const letter of letters) entities.set(letter + suffix, (letter + combining).normalize("NFC"));
  }
  return entities;
}

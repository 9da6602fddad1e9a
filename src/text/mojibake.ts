/** Layers of mojibake that are undone. Each makes a text longer, so honest text has two or three; hostile text could have thousands. */
const MAX_DEPTH = 8;

/** What Windows-1252 has at bytes 0x80 to 0x9f; the five bytes that it leaves open stay C1 controls. */
const WINDOWS_1252_C1 = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

/** One UTF-8 sequence of two to four bytes of which each was read as a character of Windows-1252 or Latin-1. */
const SEQUENCE = [
  [bytes(0xc2, 0xdf), bytes(0x80, 0xbf)],
  [bytes(0xe0, 0xe0), bytes(0xa0, 0xbf), bytes(0x80, 0xbf)],
  [bytes(0xe1, 0xec), bytes(0x80, 0xbf), bytes(0x80, 0xbf)],
  [bytes(0xed, 0xed), bytes(0x80, 0x9f), bytes(0x80, 0xbf)], // not the surrogates
  [bytes(0xee, 0xef), bytes(0x80, 0xbf), bytes(0x80, 0xbf)],
  [bytes(0xf0, 0xf0), bytes(0x90, 0xbf), bytes(0x80, 0xbf), bytes(0x80, 0xbf)],
  [bytes(0xf1, 0xf3), bytes(0x80, 0xbf), bytes(0x80, 0xbf), bytes(0x80, 0xbf)],
  [bytes(0xf4, 0xf4), bytes(0x80, 0x8f), bytes(0x80, 0xbf), bytes(0x80, 0xbf)],
]
  .map((sequence) => sequence.join(""))
  .join("|");

const RUN = new RegExp(`(?:${SEQUENCE})+`, "g");

/** A sequence of which bytes that Windows-1252 leaves open were lost to U+FFFD: `â€\ufffd` was a quotation mark. */
const LOSSY_SEQUENCE = [
  `${bytes(0xc2, 0xdf)}\ufffd`,
  `${bytes(0xe0, 0xef)}(?=.?\ufffd)${bytes(0x80, 0xbf, "\ufffd")}{2}`,
  `${bytes(0xf0, 0xf4)}(?=.?.?\ufffd)${bytes(0x80, 0xbf, "\ufffd")}{3}`,
  "\ufffd",
].join("|");

const LOSSY_RUN = new RegExp(`${RUN.source}|${LOSSY_SEQUENCE}`, "g");

/** Signs of mojibake: what nobody writes. Reading as UTF-8 is no sign by itself, as „CAFÉ…“ and ÉTÉ» do so too. */
const SIGNS: readonly RegExp[] = [
  /[\x80-\x9f]/, // a C1 control
  /[À-ÑØÜÝß-ñ‚][¤¦§¨ª¬¯¶¸ºƒˆ˜†‡‰]/, // a symbol that does not follow letters
  /[À-ÑØÜÝ][²³¹±¼½¾×µ÷]/, // nor does a number follow a capital
  /[à-ñ][€¢£¥ŠŒŽŸ]/, // money or a capital after a small letter
  /[ÂÃÎÐ][^’…¥ŒœŽ]/, // the second halves of most of Latin-1, Greek and Cyrillic
  /[a-z][À-ÑØÜÝ][¡«¿©‘‚“„•‹€¢£¥]/, // a capital after a small letter, and then no end of a quotation
  /[À-ÑØÜÝß-ñ][®»”›™][\p{L}\p{N}¡«¿©‘‚“„•‹€¢£¥]/u, // a quotation that ends inside a word
  /[Œœ][^A-Za-z]/, // the ligature, away from the letters that it belongs to
  new RegExp(`(?:${SEQUENCE}){2}`),
];

/**
 * Repairs UTF-8 that was read as Windows-1252 or Latin-1 (`schÃ¶n` is schön), as ftfy does in the plain cases: where all of
 * the text reads as UTF-8 and shows a sign of mojibake, all is repaired; else each run that shows one by itself.
 *
 * Left out, against ftfy 6.2.3: text misread as Windows-1250, -1251, -1253, -1254, ISO 8859-2, Mac Roman or code page 437;
 * sequences that lost a byte to a space or a question mark; CESU-8; and its larger heuristic of what looks wrong.
 */
export function fixMojibake(text: string): string {
  let fixed = text;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const repaired = repairOnce(fixed);
    if (repaired === fixed) break;
    fixed = repaired;
  }
  return fixed;
}

/** C1 controls mean what Windows-1252 has in their place, as in browsers. */
export function fixStrayC1Controls(text: string): string {
  return text.replace(/[\x80-\x9f]/g, (control) => WINDOWS_1252_C1[control.charCodeAt(0) - 0x80]);
}

function repairOnce(text: string): string {
  const isAllUtf8 = /^[\0-\x7f]*$/.test(text.replace(LOSSY_RUN, ""));
  if (isAllUtf8) return looksWrong(text) ? text.replace(LOSSY_RUN, decode) : text;
  return text.replace(RUN, (run) => (looksWrong(run) ? decode(run) : run));
}

function looksWrong(text: string): boolean {
  return SIGNS.some((sign) => sign.test(text));
}

function decode(run: string): string {
  if (run.includes("\ufffd")) return "\ufffd";
  return Buffer.from(Array.from(run, byteOf)).toString("utf8");
}

function byteOf(character: string): number {
  const code = character.charCodeAt(0);
  return code < 0x100 ? code : 0x80 + WINDOWS_1252_C1.indexOf(character);
}

/** A character class of what the bytes are read as, and of more. A C1 control may stand for itself. */
function bytes(first: number, last: number, more = ""): string {
  let characters = more;
  for (let byte = first; byte <= last; byte++) {
    characters += String.fromCharCode(byte) + (WINDOWS_1252_C1[byte - 0x80] ?? "");
  }
  return `[${characters}]`;
}

import { isAscii } from "node:buffer";
import { randomUUID } from "node:crypto";

/** A picture is longer, hardly any text is: what is shorter costs less as a string than to be looked for. */
const MIN_LENGTH = 8 * 2 ** 10;
/** Quotes that are looked at. A call of some pictures has a few dozen; a body of nothing else is left to the parser. */
const MAX_QUOTES = 4_096;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const WHITE_SPACE = new Set(Buffer.from(" \t\n\r"));
/**
 * What a string of JSON cannot hold as it is, and base64 is sent with. Other control characters are not looked for: as base64 they are
 * refused, and as text they say nothing.
 */
const BREAKS = ["\n", "\r", "\t"];
/** What stands in the place of a long string while the rest is parsed: nobody outside can know it. */
const MARK = randomUUID();

/** A string of a body that was left where it is: ASCII without an escape. */
export class LongString {
  /** A view into the body. */
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  toString(): string {
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length).toString("latin1");
  }
}

interface Lifted {
  /** JSON in UTF-8 with a mark in the place of each long string. */
  readonly rest: Uint8Array;
  /** For `JSON.parse`: puts the strings back. */
  readonly putBack: (key: string, value: unknown) => unknown;
}

/**
 * Takes the long strings out of JSON, so that a picture does not become a string twice, once of the body and once of its cell: such
 * strings fill the heap with what is garbage at once, and the collection of that was a tenth of a call's time.
 * @param body JSON, or what is none @returns undefined where there is nothing to take out
 */
export function liftLongStrings(body: Uint8Array): Lifted | undefined {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  const strings: LongString[] = [];
  const pieces: Buffer[] = [];
  let kept = 0;
  for (const { start, end } of stringsIn(bytes)) {
    const found = bytes.subarray(start, end);
    if (found.length < MIN_LENGTH || isKey(bytes, end) || !isPlain(found)) continue;
    pieces.push(bytes.subarray(kept, start), Buffer.from(`${MARK}${strings.length}`));
    strings.push(new LongString(found));
    kept = end;
  }
  if (strings.length === 0) return undefined;
  return {
    rest: Buffer.concat([...pieces, bytes.subarray(kept)]),
    putBack: (_, value) =>
      typeof value === "string" && value.startsWith(MARK) ? strings[Number(value.slice(MARK.length))] : value,
  };
}

/** What stands between quotes. */
function* stringsIn(bytes: Buffer): Generator<{ start: number; end: number }> {
  let start = -1;
  let quotes = 0;
  for (let at = bytes.indexOf(QUOTE); at >= 0 && quotes < MAX_QUOTES; at = bytes.indexOf(QUOTE, at + 1)) {
    quotes++;
    if (start < 0) start = at + 1;
    else if (!isEscaped(bytes, at)) {
      yield { start, end: at };
      start = -1;
    }
  }
}

/** Whether an odd number of backslashes stands before it. */
function isEscaped(bytes: Buffer, at: number): boolean {
  let before = at;
  while (bytes[before - 1] === BACKSLASH) before--;
  return (at - before) % 2 === 1;
}

function isKey(bytes: Buffer, end: number): boolean {
  let next = end + 1;
  while (WHITE_SPACE.has(bytes[next])) next++;
  return bytes[next] === COLON;
}

function isPlain(text: Buffer): boolean {
  return !text.includes(BACKSLASH) && isAscii(text) && BREAKS.every((one) => !text.includes(one));
}

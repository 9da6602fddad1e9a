import { MedembedError } from "../errors.ts";

/** As browsers put it before base64; the media type says nothing, formats are told by their bytes. */
const DATA_PREFIX = /^data:[^,;]{0,127}(?:;[^,;]{1,127}){0,8}?;base64,/i;
/** Longer than any of them. */
const MAX_PREFIX_LENGTH = 2_048;
const WHITE_SPACE = /[\r\n\t ]+/g;
/** Digits that are a string at a time: a multiple of four. */
const PIECE_LENGTH = 16_384;

/** Whether a text in place of base64 is the address of an image, as people send it who hope that it is fetched. */
export function isAddress(text: string): boolean {
  return /^\s{0,99}https?:/i.test(text);
}

/**
 * The bytes of a base64 text. Line breaks and blanks count for nothing, padding may be missing, a `data:` prefix may stand
 * before it. Anything else is refused: lenient decoders drop it and give other bytes.
 * @returns in memory of its own, which may be transferred to another thread
 * @throws MedembedError "corrupt-image"; "url-refused" for the address of an image in place of its bytes
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  if (isAddress(text)) {
    throw new MedembedError("url-refused", "addresses are not fetched; send the bytes of the image as base64");
  }
  const digits = text
    .replace(DATA_PREFIX, "")
    .replace(WHITE_SPACE, "")
    .replace(/={1,2}$/, "");
  return decodeDigits([digits], digits.length);
}

/**
 * As `decodeBase64`, but of a text that is still bytes: only small pieces of it become strings.
 * @param text ASCII
 */
export function decodeAscii(text: Uint8Array): Uint8Array<ArrayBuffer> {
  const ascii = Buffer.from(text.buffer, text.byteOffset, text.length);
  const beginning = ascii.toString("latin1", 0, MAX_PREFIX_LENGTH);
  const isOdd = isAddress(beginning) || ["\r", "\n", "\t", " "].some((blank) => ascii.includes(blank));
  if (isOdd) return decodeBase64(ascii.toString("latin1"));
  const prefix = DATA_PREFIX.exec(beginning)?.[0].length ?? 0;
  const padding = /={0,2}$/.exec(ascii.toString("latin1", Math.max(prefix, ascii.length - 2)))![0].length;
  const digits = ascii.subarray(prefix, ascii.length - padding);
  return decodeDigits(piecesOf(digits), digits.length);
}

function* piecesOf(ascii: Buffer): Generator<string> {
  for (let at = 0; at < ascii.length; at += PIECE_LENGTH) {
    yield ascii.toString("latin1", at, Math.min(at + PIECE_LENGTH, ascii.length));
  }
}

/** @param pieces together `length` characters, each but the last a multiple of four */
function decodeDigits(pieces: Iterable<string>, length: number): Uint8Array<ArrayBuffer> {
  if (length === 0) throw new MedembedError("corrupt-image", "it holds no bytes");
  if (length % 4 === 1) throw new MedembedError("corrupt-image", `${length} characters are no base64`);
  const bytes = Buffer.allocUnsafeSlow(Math.floor((length * 3) / 4));
  let written = 0;
  for (const digits of pieces) {
    // Node skips what it does not know, so that bytes are missing at the end. It knows the alphabet of URLs, too, and takes
    // characters beyond ASCII for others. All this together is five times faster than a regular expression.
    const isForeign = digits.includes("-") || digits.includes("_") || Buffer.byteLength(digits) !== digits.length;
    if (isForeign) break;
    written += bytes.write(digits, written, "base64");
  }
  if (written !== bytes.length) throw new MedembedError("corrupt-image", "it holds a character that is not base64");
  return new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
}

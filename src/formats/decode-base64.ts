import { MedembedError } from "../errors.ts";

/** As browsers put it before base64; the media type says nothing, formats are told by their bytes. */
const DATA_PREFIX = /^data:[^,;]{0,127}(?:;[^,;]{1,127}){0,8}?;base64,/i;
const WHITE_SPACE = /[\r\n\t ]+/g;

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
  if (digits.length === 0) throw new MedembedError("corrupt-image", "it holds no bytes");
  if (digits.length % 4 === 1) throw new MedembedError("corrupt-image", `${digits.length} characters are no base64`);
  const bytes = Buffer.allocUnsafeSlow(Math.floor((digits.length * 3) / 4));
  // Node skips what it does not know, so that bytes are missing at the end. It knows the alphabet of URLs, too, and takes
  // characters beyond ASCII for others. All this together is five times faster than a regular expression.
  const isForeign =
    digits.includes("-") ||
    digits.includes("_") ||
    Buffer.byteLength(digits) !== digits.length ||
    bytes.write(digits, "base64") !== bytes.length;
  if (isForeign) throw new MedembedError("corrupt-image", "it holds a character that is not base64");
  return new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
}

/** Bytes turned at a time: a multiple of 3, so that the pieces join without padding, and few enough to be arguments. */
const PIECE_BYTES = 3 * 2 ** 13;

/** As browsers put it before base64. */
const DATA_PREFIX = /^data:[^,]{0,512};base64,/;

/** Base64 without line breaks. */
export function encodeBase64(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    pieces.push(btoa(String.fromCharCode(...bytes.subarray(at, at + PIECE_BYTES))));
  }
  return pieces.join("");
}

/** Blanks and line breaks count for nothing, a `data:` prefix may stand before it. @throws DOMException for anything else */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replace(DATA_PREFIX, "")), (character) => character.charCodeAt(0));
}

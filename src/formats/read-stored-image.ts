import { crc32 } from "node:zlib";
import type { Image } from "../image.ts";
import { readImage } from "./read-image.ts";

/** PNG specification 5.2 and 5.3: eight bytes, then chunks of length, name, content and checksum. */
const SIGNATURE = "89504e470d0a1a0a";
const SIGNATURE_BYTES = 8;
const CHUNK_BYTES = 12;
/** 11.2.1, in the file: bits a sample, and the colour type. */
const BITS_AT = 24;
const COLOUR_TYPE_AT = 25;
const PALETTE_TYPE = 3;
const PALETTE_BITS = [1, 2, 4, 8];

/**
 * A picture as NumPy gets it from Pillow: like `readImage`, but of a PNG with a palette the indices, as gray.
 * @throws as `readImage`
 */
export async function readStoredImage(bytes: Uint8Array): Promise<Image> {
  if (!hasPalette(bytes)) return readImage(bytes);
  const { width, height, channels, data } = await readImage(withGrayPalette(bytes));
  const indices = Uint8Array.from({ length: width * height }, (_, pixel) => data[pixel * channels]);
  return { width, height, channels: 1, isIndexed: true, depth: 8, data: indices };
}

function hasPalette(bytes: Uint8Array): boolean {
  const isPng = Buffer.from(bytes.subarray(0, SIGNATURE_BYTES)).toString("hex") === SIGNATURE;
  return isPng && bytes[COLOUR_TYPE_AT] === PALETTE_TYPE && PALETTE_BITS.includes(bytes[BITS_AT]);
}

/** The same file with a palette of grays, each as light as its index, and nothing transparent. */
function withGrayPalette(png: Uint8Array): Uint8Array {
  const ramp = new Uint8Array(3 * 2 ** png[BITS_AT]).map((_, at) => Math.floor(at / 3));
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const parts = [png.subarray(0, SIGNATURE_BYTES)];
  let isReplaced = false; // the first palette counts; a forged file may hold any number
  for (let at = SIGNATURE_BYTES; at + CHUNK_BYTES <= png.length; ) {
    const end = at + CHUNK_BYTES + view.getUint32(at);
    const name = String.fromCharCode(...png.subarray(at + 4, at + 8));
    if (name === "PLTE" && !isReplaced) {
      parts.push(paletteChunk(ramp));
      isReplaced = true;
    } else if (name !== "tRNS") {
      parts.push(png.subarray(at, end));
    }
    at = end;
  }
  return new Uint8Array(Buffer.concat(parts));
}

function paletteChunk(colours: Uint8Array): Uint8Array {
  const named = Buffer.concat([Buffer.from("PLTE"), colours]);
  const chunk = Buffer.alloc(8 + named.length);
  chunk.writeUInt32BE(colours.length, 0);
  named.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(named), 4 + named.length);
  return chunk;
}

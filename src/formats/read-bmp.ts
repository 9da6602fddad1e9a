/**
 * BMP, which libvips does not read: Windows and OS/2 headers, palettes of 1, 4 and 8 bits, 16, 24 and 32 bits with any
 * contiguous masks, rows in either order. Run-length compression and embedded JPEG or PNG are refused by name.
 */
import { MedembedError } from "../errors.ts";
import type { Image } from "../image.ts";
import { checkImageSize } from "./image-limits.ts";

const FILE_HEADER_BYTES = 14;
const OS2_HEADER_BYTES = 12;
const HEADER_BYTES = [OS2_HEADER_BYTES, 40, 52, 56, 64, 108, 124];
/** The first header that has a mask for alpha; in those before it the fourth byte of a pixel is padding. */
const ALPHA_HEADER_BYTES = 56;

const COMPRESSIONS: Record<number, string> = { 1: "RLE8", 2: "RLE4", 4: "JPEG", 5: "PNG" };
const UNCOMPRESSED = 0;
const BITFIELDS = 3;

/** Red, green, blue, alpha within a little-endian pixel, where the file brings no masks of its own. */
const DEFAULT_MASKS: Record<number, readonly number[]> = {
  16: [0x7c00, 0x3e0, 0x1f],
  24: [0xff0000, 0xff00, 0xff],
  32: [0xff0000, 0xff00, 0xff],
};

interface Header {
  readonly headerBytes: number;
  readonly width: number;
  readonly height: number;
  readonly isTopDown: boolean;
  readonly bits: number;
  readonly compression: number;
  readonly colors: number;
  readonly pixelOffset: number;
}

/** Reads a BMP file. @throws MedembedError "unsupported-image", "corrupt-image", "image-too-large" */
export function readBmp(bytes: Uint8Array): Image {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = readHeader(view);
  checkImageSize(header.width, header.height);
  const rowBytes = Math.ceil((header.width * header.bits) / 32) * 4;
  // The padding of the last row may be missing.
  const needed = header.pixelOffset + rowBytes * (header.height - 1) + Math.ceil((header.width * header.bits) / 8);
  expectBytes(view, needed);
  const rowStart = (y: number) => header.pixelOffset + rowBytes * (header.isTopDown ? y : header.height - 1 - y);
  return header.bits <= 8 ? readIndexed(view, header, rowStart) : readMasked(view, header, rowStart);
}

function readHeader(view: DataView): Header {
  expectBytes(view, FILE_HEADER_BYTES + OS2_HEADER_BYTES);
  const headerBytes = view.getUint32(14, true);
  if (!HEADER_BYTES.includes(headerBytes)) {
    throw new MedembedError("unsupported-image", `the BMP header has ${headerBytes} bytes; known: ${HEADER_BYTES}`);
  }
  expectBytes(view, FILE_HEADER_BYTES + headerBytes);
  const isOs2 = headerBytes === OS2_HEADER_BYTES;
  const signedHeight = isOs2 ? view.getUint16(20, true) : view.getInt32(22, true);
  const header = {
    headerBytes,
    width: isOs2 ? view.getUint16(18, true) : view.getInt32(18, true),
    height: Math.abs(signedHeight),
    isTopDown: signedHeight < 0,
    bits: isOs2 ? view.getUint16(24, true) : view.getUint16(28, true),
    compression: isOs2 ? UNCOMPRESSED : view.getUint32(30, true),
    colors: isOs2 ? 0 : view.getUint32(46, true),
    pixelOffset: view.getUint32(10, true),
  };
  if (header.compression !== UNCOMPRESSED && header.compression !== BITFIELDS) {
    const name = COMPRESSIONS[header.compression] ?? header.compression;
    throw new MedembedError("unsupported-image", `the BMP has compression ${name}; only uncompressed ones are read`);
  }
  if (header.compression === BITFIELDS && header.bits <= 8) {
    throw new MedembedError("unsupported-image", `the BMP has masks for ${header.bits} bits; they need 16, 24 or 32`);
  }
  if (![1, 4, 8, 16, 24, 32].includes(header.bits)) {
    throw new MedembedError(
      "unsupported-image",
      `the BMP has ${header.bits} bits a pixel; read are 1, 4, 8, 16, 24, 32`,
    );
  }
  return header;
}

function readIndexed(view: DataView, header: Header, rowStart: (y: number) => number): Image {
  const { width, height, bits } = header;
  const palette = readPalette(view, header);
  const isGray = palette.every(([red, green, blue]) => red === green && green === blue);
  const channels = isGray ? 1 : 3;
  const data = new Uint8Array(width * height * channels);
  const perByte = 8 / bits;
  let at = 0;
  for (let y = 0; y < height; y++) {
    const start = rowStart(y);
    for (let x = 0; x < width; x++) {
      const packed = view.getUint8(start + Math.floor(x / perByte));
      const index = (packed >> (8 - bits - (x % perByte) * bits)) & (2 ** bits - 1);
      const color = palette[index];
      if (!color) {
        throw new MedembedError("corrupt-image", `a pixel has color ${index}, the BMP palette has ${palette.length}`);
      }
      for (let channel = 0; channel < channels; channel++) data[at++] = color[channel];
    }
  }
  // Pillow takes the indices of a ramp of grays for the pixels themselves, and resizes them as such.
  const isRamp = bits === 8 && isGray && palette.every(([gray], index) => gray === index);
  return { width, height, channels, isIndexed: !isRamp, depth: 8, data };
}

function readPalette(view: DataView, { headerBytes, bits, colors }: Header): number[][] {
  const entryBytes = headerBytes === OS2_HEADER_BYTES ? 3 : 4;
  const start = FILE_HEADER_BYTES + headerBytes;
  const count = colors === 0 ? 2 ** bits : Math.min(colors, 2 ** bits);
  expectBytes(view, start + count * entryBytes);
  return Array.from({ length: count }, (_, index) =>
    [2, 1, 0].map((channel) => view.getUint8(start + index * entryBytes + channel)),
  );
}

function readMasked(view: DataView, header: Header, rowStart: (y: number) => number): Image {
  const { width, height } = header;
  const fields = readMasks(view, header).map(toField);
  const channels = fields.length === 4 ? 4 : 3;
  const data = new Uint8Array(width * height * channels);
  const pixelBytes = header.bits / 8;
  let at = 0;
  for (let y = 0; y < height; y++) {
    let from = rowStart(y);
    for (let x = 0; x < width; x++, from += pixelBytes) {
      let pixel = view.getUint16(from, true);
      if (pixelBytes > 2) pixel |= view.getUint8(from + 2) << 16;
      if (pixelBytes > 3) pixel |= view.getUint8(from + 3) << 24;
      for (const { mask, shift, top } of fields) data[at++] = Math.floor((((pixel & mask) >>> shift) * 255) / top);
    }
  }
  return { width, height, channels, isIndexed: false, depth: 8, data };
}

function readMasks(view: DataView, { headerBytes, bits, compression }: Header): readonly number[] {
  if (compression === UNCOMPRESSED) return DEFAULT_MASKS[bits];
  // The masks follow the first 40 bytes of the header, whether it counts them as its own or not.
  const start = FILE_HEADER_BYTES + 40;
  const count = headerBytes >= ALPHA_HEADER_BYTES ? 4 : 3;
  expectBytes(view, start + count * 4);
  const masks = Array.from({ length: count }, (_, index) => view.getUint32(start + index * 4, true));
  return masks[3] === 0 ? masks.slice(0, 3) : masks;
}

function toField(mask: number): { mask: number; shift: number; top: number } {
  const shift = 31 - Math.clz32(mask & -mask);
  const top = mask >>> shift;
  // One run of set bits plus one is a power of two.
  if (mask === 0 || (top & (top + 1)) !== 0) {
    throw new MedembedError("unsupported-image", `the BMP mask 0x${mask.toString(16)} is no run of bits`);
  }
  return { mask, shift, top };
}

function expectBytes(view: DataView, needed: number): void {
  if (view.byteLength < needed) {
    throw new MedembedError("corrupt-image", `the BMP has ${view.byteLength} bytes, its header needs ${needed}`);
  }
}

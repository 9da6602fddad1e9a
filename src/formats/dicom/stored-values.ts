import type { PixelLayout } from "./pixel-layout.ts";

/** Numbers as a file stores them, before any of its tables and scales. */
export type StoredValues =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

const KINDS = {
  8: { unsigned: Uint8Array, signed: Int8Array },
  16: { unsigned: Uint16Array, signed: Int16Array },
  32: { unsigned: Uint32Array, signed: Int32Array },
} as const;

type BitLayout = Pick<PixelLayout, "bitsStored" | "highBit" | "isSigned" | "isFloat"> & {
  readonly bitsAllocated: number;
};

/**
 * Samples out of their bytes: PS3.5 8.1.1 and annex D. What else stands in the bits of a sample, such as an overlay, is left out.
 * @param bytes little endian; they are copied, also where they are a Node Buffer, whose `slice` would not
 */
export function unpackValues(bytes: Uint8Array, layout: BitLayout): StoredValues {
  const { bitsAllocated, bitsStored, highBit, isSigned, isFloat } = layout;
  const { buffer } = new Uint8Array(bytes);
  const length = Math.floor((bytes.length * 8) / bitsAllocated);
  if (isFloat) return bitsAllocated === 32 ? new Float32Array(buffer, 0, length) : new Float64Array(buffer, 0, length);
  const kind = KINDS[bitsAllocated as keyof typeof KINDS];
  const values = new kind[isSigned ? "signed" : "unsigned"](buffer, 0, length);
  if (bitsStored === bitsAllocated) return values;
  const left = 31 - highBit;
  const right = 32 - bitsStored;
  if (isSigned) for (let i = 0; i < length; i++) values[i] = (values[i] << left) >> right;
  else for (let i = 0; i < length; i++) values[i] = (values[i] << left) >>> right;
  return values;
}

/** PS3.5 8.1.1: single bits, the lowest of a byte first. */
export function unpackBits(bytes: Uint8Array, skippedBits: number, count: number): Uint8Array {
  const values = new Uint8Array(count);
  for (let i = 0, bit = skippedBits; i < count; i++, bit++) values[i] = (bytes[bit >> 3] >> (bit & 7)) & 1;
  return values;
}

/** The other order of the bytes of each word, as a copy. */
export function swapBytes(bytes: Uint8Array, wordBytes: number): Uint8Array {
  const swapped = new Uint8Array(bytes);
  for (let word = 0; word + wordBytes <= bytes.length; word += wordBytes) {
    swapped.subarray(word, word + wordBytes).reverse();
  }
  return swapped;
}

/** TIFF 6.0 section 2: a tag's number, type, count and value take twelve bytes; a SHORT value stands at the eighth. */
const ENTRY_BYTES = 12;
const SHORT = 3;

export const TIFF_PHOTOMETRIC = 262;
export const TIFF_EXTRA_SAMPLES = 338;

/**
 * The first 16-bit value of a tag of the first page, undefined where the page has no such tag. Broken files give
 * undefined too: whoever decodes the pixels says what is wrong with them.
 */
export function readTiffTag(bytes: Uint8Array, tag: number): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 8) return undefined;
  const isLittleEndian = view.getUint8(0) === 0x49;
  const directory = view.getUint32(4, isLittleEndian);
  if (directory + 2 > view.byteLength) return undefined;
  const count = view.getUint16(directory, isLittleEndian);
  const fitting = Math.min(count, Math.floor((view.byteLength - directory - 2) / ENTRY_BYTES));
  for (let index = 0; index < fitting; index++) {
    const entry = directory + 2 + index * ENTRY_BYTES;
    if (view.getUint16(entry, isLittleEndian) !== tag) continue;
    return view.getUint16(entry + 2, isLittleEndian) === SHORT ? view.getUint16(entry + 8, isLittleEndian) : undefined;
  }
  return undefined;
}

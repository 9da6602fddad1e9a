import { MedembedError } from "../../errors.ts";
import type { PixelLayout } from "./pixel-layout.ts";
import type { Packing } from "./transfer-syntaxes.ts";

/** Frames up to this size are decoded however well they are packed: empty ones shrink to nothing. */
const FREE_FRAME_BYTES = 32 * 2 ** 20;
/** Beyond it a pixel's byte takes at least this share of a byte; pictures take fifty times as much. */
const MAX_GROWTH = 2_000;
/** OpenJPEG keeps a record for each tile; whole slides use some thousands. */
const MAX_TILES = 10_000;
const MAX_PRECISION = 16;

/** ITU-T T.81 B.1.1.3 (all but DHT, JPG and DAC between them), T.87 C.1.1. */
const START_OF_FRAME = [0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf, 0xf7];
const START_OF_SCAN = 0xda;
const START_OF_IMAGE = 0xffd8;
/** T.81 B.1.1.2: stands at the end, and in no data before it. */
const END_OF_IMAGE = Buffer.from([0xff, 0xd9]);
/** T.800 A.4.1 and A.5.1: a codestream begins with these markers. */
const J2K_START = 0xff4fff51;
const J2K_SIZE_BYTES = 38;
/** T.800 I.5.1: how a JP2 file begins, in hexadecimal; DICOM allows none, and some writers pack them nevertheless. */
const JP2_SIGNATURE = "0000000c6a5020200d0a870a";
const JP2_CODESTREAM = 0x6a703263;

/** What a codec takes: of a JPEG 2000 in a JP2 file the codestream alone (T.800 I.4). */
export function unwrapCodestream(bytes: Uint8Array): Uint8Array {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(12, bytes.length)).toString("hex");
  if (start !== JP2_SIGNATURE) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at);
    const end = length === 0 ? bytes.length : at + length; // 0: to the end of the file
    if (end < at + 8 || end > bytes.length) break;
    if (view.getUint32(at + 4) === JP2_CODESTREAM) return bytes.subarray(at + 8, end);
    at = end;
  }
  return bytes;
}

interface Codestream {
  readonly columns: number;
  readonly rows: number;
  readonly samples: number;
  readonly precision: number;
  readonly tiles: number;
}

/**
 * Judges what a codestream says of itself before a codec reserves memory for it.
 * @returns the bits of its samples, and those that they take in memory
 * @throws MedembedError "corrupt-image", "image-too-large"
 */
export function checkCodestream(
  packing: Packing,
  bytes: Uint8Array,
  layout: PixelLayout,
): { bitsAllocated: 8 | 16; precision: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isJpeg2000 = packing === "jpeg-2000" || packing === "htj2k";
  const found = isJpeg2000 ? readJ2kSize(view) : readJpegFrame(view);
  if (!found) throw corrupt(packing, "no header that can be read");
  const { columns, rows, samples, precision, tiles } = found;
  if (columns !== layout.columns || rows !== layout.rows || samples !== layout.samples) {
    const wanted = `${layout.columns}x${layout.rows}x${layout.samples}`;
    throw corrupt(packing, `${columns}x${rows}x${samples} samples, the DICOM file says ${wanted}`);
  }
  // libjpeg would fill with gray what is missing; the other codecs notice it themselves.
  if (packing === "jpeg" && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).lastIndexOf(END_OF_IMAGE) < 0) {
    throw corrupt(packing, "no end");
  }
  if (precision < 1 || precision > MAX_PRECISION) throw corrupt(packing, `${precision} bits, read are 1 to 16`);
  if (tiles > MAX_TILES) throw corrupt(packing, `${tiles} tiles, at most ${MAX_TILES} are read`);
  const bitsAllocated = precision > 8 ? 16 : 8;
  const frameBytes = (columns * rows * samples * bitsAllocated) / 8;
  if (frameBytes > FREE_FRAME_BYTES && frameBytes > bytes.length * MAX_GROWTH) {
    throw new MedembedError(
      "image-too-large",
      `${bytes.length} bytes of ${packing} claim to hold ${frameBytes}; at most ${MAX_GROWTH} times as many are read`,
    );
  }
  return { bitsAllocated, precision };
}

/**
 * Whether a JPEG itself says that its three colours are luminance and chrominances: by Adobe's marker, by JFIF's, which
 * allows nothing else, or by a coarser second colour, which makes no sense for red, green and blue. Undefined where it has
 * none of them: then the DICOM file decides.
 */
export function jpegHoldsYbr(bytes: Uint8Array): boolean | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let holdsYbr: boolean | undefined;
  let isCoarser: boolean | undefined;
  for (const { marker, at, length } of jpegSegments(view)) {
    const name = Buffer.from(bytes.buffer, bytes.byteOffset + at, Math.min(length, 12)).toString("latin1");
    if (marker === 0xe0 && name.startsWith("JFIF\0")) holdsYbr ??= true;
    if (marker === 0xee && name.startsWith("Adobe") && length >= 12) holdsYbr = bytes[at + 11] !== 0;
    if (START_OF_FRAME.includes(marker) && length >= 15 && bytes[at + 7] !== bytes[at + 10]) isCoarser = true;
  }
  return holdsYbr ?? isCoarser;
}

/** The frame header of JPEG or JPEG-LS: T.81 B.2.2. */
function readJpegFrame(view: DataView): Codestream | undefined {
  for (const { marker, at, length } of jpegSegments(view)) {
    if (!START_OF_FRAME.includes(marker) || length < 6) continue;
    const [precision, samples] = [view.getUint8(at), view.getUint8(at + 5)];
    return { precision, rows: view.getUint16(at + 1), columns: view.getUint16(at + 3), samples, tiles: 1 };
  }
  return undefined;
}

/** The segments before the first scan: T.81 B.1.1. */
function* jpegSegments(view: DataView): Generator<{ marker: number; at: number; length: number }> {
  if (view.byteLength < 4 || view.getUint16(0) !== START_OF_IMAGE) return;
  let at = 2;
  while (at + 4 <= view.byteLength && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    if (marker === START_OF_SCAN) return;
    if (marker === 0xff) {
      at++; // any number of them may stand before a marker
      continue;
    }
    const length = view.getUint16(at + 2);
    if (length < 2 || at + 2 + length > view.byteLength) return;
    yield { marker, at: at + 4, length: length - 2 };
    at += 2 + length;
  }
}

/** The SIZ segment of JPEG 2000: T.800 A.5.1. */
function readJ2kSize(view: DataView): Codestream | undefined {
  if (view.byteLength < 4 + J2K_SIZE_BYTES || view.getUint32(0) !== J2K_START) return undefined;
  const [right, bottom, left, top, tileWidth, tileHeight, tileLeft, tileTop] = Array.from({ length: 8 }, (_, i) =>
    view.getUint32(8 + i * 4),
  );
  return {
    columns: right - left,
    rows: bottom - top,
    samples: view.getUint16(40),
    precision: (view.getUint8(42) & 0x7f) + 1,
    tiles: Math.ceil((right - tileLeft) / tileWidth) * Math.ceil((bottom - tileTop) / tileHeight),
  };
}

function corrupt(packing: Packing, found: string): MedembedError {
  return new MedembedError("corrupt-image", `the ${packing} frame has ${found}`);
}

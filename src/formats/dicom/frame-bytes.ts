import { MedembedError } from "../../errors.ts";
import type { OpenedDicom } from "./open-dicom.ts";
import type { PixelLayout } from "./pixel-layout.ts";

/** PS3.5 A.4. */
const ITEM = 0xfffee000;
const SEQUENCE_DELIMITER = 0xfffee0dd;
const ITEM_HEADER_BYTES = 8;
const UNDEFINED_LENGTH = 0xffffffff;

interface Fragment {
  /** From the first byte behind the Basic Offset Table, as that table counts. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * The bytes of one frame of uncompressed pixels, all of them there, and in the first of them the bits to skip.
 * @param frame from 0
 * @throws MedembedError "corrupt-image"
 */
export function nativeFrame(
  { attributes }: OpenedDicom,
  layout: PixelLayout,
  frame: number,
): { bytes: Uint8Array; skippedBits: number } {
  const name = attributes.element("doubleFloatPixelData")
    ? "doubleFloatPixelData"
    : attributes.element("floatPixelData")
      ? "floatPixelData"
      : "pixelData";
  if (attributes.element(name)?.length === UNDEFINED_LENGTH) {
    throw new MedembedError("corrupt-image", "the DICOM file has compressed pixels and says that they are not");
  }
  const pixels = attributes.bytes(name) ?? new Uint8Array();
  // C.7.6.3.1.2: of two pixels side by side one Cb and one Cr.
  const samplesAPixel = isHalved(layout) ? 2 : layout.samples;
  const frameBits = layout.columns * layout.rows * samplesAPixel * layout.bitsAllocated;
  // PS3.5 8.2: frames follow each other without padding, bit by bit.
  const start = frameBits * frame;
  const end = Math.ceil((start + frameBits) / 8);
  if (end > pixels.length) {
    throw new MedembedError("corrupt-image", `the DICOM file has ${pixels.length} bytes of pixels, ${end} are needed`);
  }
  return { bytes: pixels.subarray(Math.floor(start / 8), end), skippedBits: start % 8 };
}

/** Whether uncompressed pixels share their colours in pairs. */
export function isHalved({ photometric }: PixelLayout): boolean {
  return photometric === "YBR_FULL_422" || photometric === "YBR_PARTIAL_422";
}

/**
 * The compressed bytes of one frame.
 * @param frame from 0
 * @throws MedembedError "corrupt-image"
 */
export function compressedFrame(opened: OpenedDicom, { frames }: PixelLayout, frame: number): Uint8Array {
  const [table, ...fragments] = readFragments(opened);
  if (fragments.length === 0) throw corrupt("no compressed pixels");
  if (frames === 1) return join(fragments);
  if (fragments.length === frames) return fragments[frame].bytes;
  const offsets = frameOffsets(opened, table.bytes, fragments, frames);
  const isOf = ({ offset }: Fragment) => offset >= offsets[frame] && offset < (offsets[frame + 1] ?? Infinity);
  const own = fragments.filter(isOf);
  if (own.length === 0 || own[0].offset !== offsets[frame]) throw corrupt("an offset table that leads to no fragment");
  return join(own);
}

/** A.4: the first item is the Basic Offset Table, then come the fragments. Read by their lengths: data may look like a delimiter. */
function readFragments({ bytes, attributes }: OpenedDicom): Fragment[] {
  const element = attributes.element("pixelData");
  if (element?.length !== UNDEFINED_LENGTH) throw corrupt("pixels that are not compressed, and says that they are");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fragments: Fragment[] = [];
  let base = 0;
  let at = element.dataOffset;
  while (at + ITEM_HEADER_BYTES <= bytes.length) {
    const tag = view.getUint16(at, true) * 0x10000 + view.getUint16(at + 2, true);
    const length = view.getUint32(at + 4, true);
    if (tag === SEQUENCE_DELIMITER) return fragments;
    const start = at + ITEM_HEADER_BYTES;
    if (tag !== ITEM || start + length > bytes.length) break;
    fragments.push({ offset: at - base, bytes: bytes.subarray(start, start + length) });
    at = start + length;
    if (fragments.length === 1) base = at;
  }
  // Writers forget the delimiter at the end of the file; a fragment that breaks off is another thing.
  if (at === bytes.length) return fragments;
  throw corrupt("a fragment that breaks off");
}

/** Where the frames begin: PS3.3 C.7.6.3.1.8 of the Extended Offset Table, else A.4; else each frame starts as the codecs do. */
function frameOffsets(
  { attributes }: OpenedDicom,
  basic: Uint8Array,
  fragments: readonly Fragment[],
  frames: number,
): number[] {
  const extended = attributes.bytes("extendedOffsetTable");
  const table = extended ?? basic;
  const bytesEach = extended ? 8 : 4;
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  if (table.length > 0) {
    if (table.length !== frames * bytesEach) throw corrupt("an offset table for another number of frames");
    return Array.from({ length: frames }, (_, i) =>
      extended ? Number(view.getBigUint64(i * bytesEach, true)) : view.getUint32(i * bytesEach, true),
    );
  }
  const starts = fragments.filter(({ bytes: [first, second] }) => first === 0xff && [0xd8, 0x4f].includes(second));
  if (starts.length !== frames) throw corrupt(`${fragments.length} fragments for ${frames} frames and no offset table`);
  return starts.map(({ offset }) => offset);
}

function join(fragments: readonly Fragment[]): Uint8Array {
  return fragments.length === 1
    ? fragments[0].bytes
    : new Uint8Array(Buffer.concat(fragments.map(({ bytes }) => bytes)));
}

function corrupt(found: string): MedembedError {
  return new MedembedError("corrupt-image", `the DICOM file has ${found}`);
}

import { MedembedError } from "../../errors.ts";
import type { Image } from "../../image.ts";
import type { Attributes } from "./attributes.ts";
import type { CompressedPacking } from "./codecs.ts";
import { jpegHoldsYbr } from "./codestream.ts";
import { decodeFrame } from "./decode-frame.ts";
import { decodeRle } from "./decode-rle.ts";
import { compressedFrame, isHalved, nativeFrame } from "./frame-bytes.ts";
import type { MonochromeFrame } from "./monochrome-frame.ts";
import { type OpenedDicom, openDicom } from "./open-dicom.ts";
import { type PixelLayout, readPixelLayout } from "./pixel-layout.ts";
import { colourImage, paletteImage, shareColours } from "./read-colours.ts";
import { readDisplay } from "./read-display.ts";
import { refuseWithoutPixels } from "./refuse-without-pixels.ts";
import { type StoredValues, swapBytes, unpackBits, unpackValues } from "./stored-values.ts";

/** A frame's values, and whether its colours are luminance and two chrominances. */
interface FrameValues {
  readonly values: StoredValues;
  readonly layout: PixelLayout;
  readonly isYbr: boolean;
}

/**
 * Reads one frame of a DICOM file: colours as an image, grays as they are stored.
 * @param frame from 1, as DICOM counts
 * @throws MedembedError "unsupported-image", "corrupt-image", "image-too-large"
 */
export function readDicom(bytes: Uint8Array, frame = 1): Image | MonochromeFrame {
  const opened = openDicom(bytes);
  const { attributes } = opened;
  refuseWithoutPixels(attributes);
  const layout = readPixelLayout(attributes);
  if (frame > layout.frames) {
    throw new MedembedError("unsupported-image", `frame ${frame} is asked for, the DICOM file has ${layout.frames}`);
  }
  const read = opened.transferSyntax.packing === "native" ? readNative : readCompressed;
  const found = read(opened, layout, frame - 1);
  if (layout.samples === 3) return colourImage(found.values, found.layout, found.isYbr);
  if (layout.photometric === "PALETTE COLOR") return paletteImage(found.values, found.layout, attributes);
  return monochromeFrame(found, attributes, frame - 1);
}

function readNative(opened: OpenedDicom, layout: PixelLayout, frame: number): FrameValues {
  const { bytes, skippedBits } = nativeFrame(opened, layout, frame);
  const ordered = toLittleEndian(bytes, opened, layout);
  const isYbr = layout.photometric.startsWith("YBR");
  if (layout.bitsAllocated === 1) {
    return { values: unpackBits(ordered, skippedBits, layout.columns * layout.rows), layout, isYbr };
  }
  const values = unpackValues(ordered, layout);
  if (!isHalved(layout)) return { values, layout, isYbr };
  return { values: shareColours(values), layout: { ...layout, isPlanar: false }, isYbr };
}

/** PS3.5 7.3: words have their high byte first, and bytes that are sent as words (OW) change places in pairs. */
function toLittleEndian(
  bytes: Uint8Array,
  { attributes, transferSyntax }: OpenedDicom,
  { bitsAllocated }: PixelLayout,
): Uint8Array {
  if (!transferSyntax.isBigEndian) return bytes;
  if (bitsAllocated > 8) return swapBytes(bytes, bitsAllocated / 8);
  return attributes.element("pixelData")?.vr === "OW" ? swapBytes(bytes, 2) : bytes;
}

function readCompressed(opened: OpenedDicom, layout: PixelLayout, frame: number): FrameValues {
  const { packing } = opened.transferSyntax;
  const bytes = compressedFrame(opened, layout, frame);
  const claimsYbr = layout.photometric.startsWith("YBR");
  if (packing === "rle") {
    const sampleBytes = layout.bitsAllocated / 8;
    if (sampleBytes < 1) throw new MedembedError("unsupported-image", "RLE of single bits is not read");
    const { columns, rows, samples } = layout;
    const decoded = decodeRle(bytes, { pixels: columns * rows, samples, sampleBytes });
    return { values: unpackValues(decoded, layout), layout: { ...layout, isPlanar: samples > 1 }, isYbr: claimsYbr };
  }
  const decoded = decodeFrame(packing as CompressedPacking, bytes, layout);
  const { bitsAllocated, precision, isPlanar } = decoded;
  const bitsStored = Math.min(bitsAllocated, Math.max(layout.bitsStored, precision));
  const own = { ...layout, bitsAllocated, bitsStored, highBit: bitsStored - 1, isPlanar };
  // PS3.5 8.2.4: JPEG 2000 brings its own transform of colours, which its decoder has undone.
  const isTransformed = packing === "jpeg-2000" || packing === "htj2k";
  const isYbr = isTransformed ? layout.photometric === "YBR_FULL" : (jpegHoldsYbr(bytes) ?? claimsYbr);
  return { values: unpackValues(decoded.bytes, own), layout: own, isYbr };
}

function monochromeFrame({ values, layout }: FrameValues, attributes: Attributes, frame: number): MonochromeFrame {
  const { columns: width, rows: height, bitsStored, isSigned, photometric } = layout;
  const display = readDisplay(attributes, layout, frame);
  return { width, height, values, bitsStored, isSigned, isInverted: photometric === "MONOCHROME1", ...display };
}

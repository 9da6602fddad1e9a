import { MedembedError } from "../../errors.ts";
import { checkImageSize } from "../image-limits.ts";
import type { Attribute, Attributes } from "./attributes.ts";

/** One picture of 64 million pixels at 32 bits; also of those at 8 bits in colour. */
const MAX_FRAME_BYTES = 256 * 2 ** 20;
/** The number of frames is an IS; no acquisition comes near this. */
const MAX_FRAMES = 1_000_000;

/** PS3.3 C.7.6.3.1.2: the colours that are read → samples a pixel. */
const SAMPLES = {
  MONOCHROME1: 1,
  MONOCHROME2: 1,
  "PALETTE COLOR": 1,
  RGB: 3,
  YBR_FULL: 3,
  YBR_FULL_422: 3,
  YBR_PARTIAL_422: 3,
  YBR_ICT: 3,
  YBR_RCT: 3,
} as const;

type Photometric = keyof typeof SAMPLES;

/** PS3.3 C.7.6.3, the Image Pixel Module, checked. */
export interface PixelLayout {
  readonly columns: number;
  readonly rows: number;
  readonly frames: number;
  readonly samples: 1 | 3;
  readonly photometric: Photometric;
  readonly bitsAllocated: 1 | 8 | 16 | 32 | 64;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly isSigned: boolean;
  /** Each colour a plane of its own, instead of pixel by pixel. */
  readonly isPlanar: boolean;
  /** Float Pixel Data or Double Float Pixel Data. */
  readonly isFloat: boolean;
}

/** @throws MedembedError "corrupt-image", "unsupported-image", "image-too-large" */
export function readPixelLayout(attributes: Attributes): PixelLayout {
  const number = (name: Attribute) => attributes.uint16(name) ?? missing(name);
  const columns = number("columns");
  const rows = number("rows");
  checkImageSize(columns, rows);
  const samples = number("samplesPerPixel");
  const photometric = attributes.text("photometricInterpretation") ?? missing("photometricInterpretation");
  if (!isKnown(photometric)) {
    const known = Object.keys(SAMPLES).join(", ");
    throw new MedembedError("unsupported-image", `the DICOM file has other colours than ${known}`);
  }
  if (samples !== SAMPLES[photometric]) {
    throw corrupt(`${samples} samples a pixel, ${photometric} needs ${SAMPLES[photometric]}`);
  }
  const isFloat = ["floatPixelData", "doubleFloatPixelData"].some((name) => attributes.element(name as Attribute));
  const bitsAllocated = number("bitsAllocated");
  // C.7.6.3: float pixels have neither.
  const bitsStored = isFloat ? bitsAllocated : number("bitsStored");
  // PS3.5 8.1.1: mostly absent in error, and then the lowest bits are meant.
  const highBit = isFloat ? bitsAllocated - 1 : (attributes.uint16("highBit") ?? bitsStored - 1);
  if (!(isFloat ? [32, 64] : [1, 8, 16, 32]).includes(bitsAllocated)) {
    throw new MedembedError(
      "unsupported-image",
      `the DICOM file has ${bitsAllocated} bits a sample; read are 1, 8, 16, 32`,
    );
  }
  if (bitsStored < 1 || bitsStored > bitsAllocated || highBit >= bitsAllocated || highBit < bitsStored - 1) {
    throw corrupt(`${bitsStored} bits with the highest at ${highBit}, in ${bitsAllocated}`);
  }
  if (samples > 1 && bitsAllocated !== 8 && bitsAllocated !== 16 && bitsAllocated !== 32) {
    throw corrupt(`colours of ${bitsAllocated} bits`);
  }
  const frameBytes = (columns * rows * samples * bitsAllocated) / 8;
  if (frameBytes > MAX_FRAME_BYTES) {
    throw new MedembedError("image-too-large", `a frame has ${frameBytes} bytes, at most ${MAX_FRAME_BYTES} are read`);
  }
  const [frames = 1] = attributes.decimals("numberOfFrames") ?? [];
  if (!Number.isInteger(frames) || frames < 1 || frames > MAX_FRAMES) throw corrupt(`${frames} frames`);
  return {
    columns,
    rows,
    frames,
    samples: SAMPLES[photometric],
    photometric,
    bitsAllocated: bitsAllocated as PixelLayout["bitsAllocated"],
    bitsStored,
    highBit,
    isSigned: !isFloat && attributes.uint16("pixelRepresentation") === 1,
    isPlanar: samples > 1 && attributes.uint16("planarConfiguration") === 1,
    isFloat,
  };
}

function isKnown(photometric: string): photometric is Photometric {
  return Object.hasOwn(SAMPLES, photometric);
}

function missing(name: Attribute): never {
  throw corrupt(`no ${name}`);
}

function corrupt(found: string): MedembedError {
  return new MedembedError("corrupt-image", `the DICOM file has ${found}`);
}

import { MedembedError } from "../errors.ts";
import type { PixelArray, Pixels, Samples } from "../image.ts";
import { parseRecipe } from "../profiles/recipes/recipes.ts";
import { writePng } from "../profiles/recipes/write-png.ts";
import { inColours } from "../profiles/to-rgb.ts";

/** A picture out of its file, such as the `ImageData` of a canvas, or the values of a DICOM file after slope and intercept. */
export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  /** Row-major, channels interleaved; their length says whether it is gray, gray and alpha, RGB, or RGB and alpha. */
  readonly data: Samples | Uint8ClampedArray;
  /** The lowest value is the lightest, as in DICOM's MONOCHROME1. */
  readonly isInverted?: boolean | undefined;
  /** Of the DICOM file's tags WindowCenter and WindowWidth. */
  readonly window?: readonly [center: number, width: number] | undefined;
}

/** Writes a JPEG file. @param picture RGB @param quality 1 to 100 */
export type EncodeJpeg = (picture: Pixels, quality: number) => Uint8Array | Promise<Uint8Array>;

/**
 * The file that one of the known clients would send: a PNG, or a JPEG by an encoder of yours.
 * @param recipe e.g. "toolkit-480", "toolkit-480;window=40,400" or "mcp-512-jpeg;parity=1"
 * @throws MedembedError "usage", "unsupported-image"
 */
export async function prepareImage(
  image: DecodedImage,
  recipe: string,
  { encodeJpeg }: { readonly encodeJpeg?: EncodeJpeg | undefined } = {},
): Promise<Uint8Array> {
  const opened = parseRecipe(recipe);
  if (!opened) throw new MedembedError("usage", "raw-file sends files as they are; it has nothing to do here");
  const { jpegQuality } = opened;
  if (jpegQuality !== undefined && !encodeJpeg) {
    throw new MedembedError("usage", `recipe ${opened.id} sends JPEG files; give encodeJpeg`);
  }
  const picture = opened.follow(pixelsOf(image));
  return jpegQuality === undefined ? writePng(inColours(picture)) : encodeJpeg!(picture, jpegQuality);
}

function pixelsOf({ width, height, data, isInverted, window }: DecodedImage): PixelArray {
  const channels = data.length / (width * height);
  const isSized = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0;
  if (!isSized || ![1, 2, 3, 4].includes(channels)) {
    const found = `${data.length} samples for ${width}x${height} pixels`;
    throw new MedembedError("unsupported-image", `the image has ${found}; 1 to 4 a pixel are needed`);
  }
  const samples = data instanceof Uint8ClampedArray ? new Uint8Array(data) : data;
  return { width, height, channels: channels as PixelArray["channels"], data: samples, isInverted, window };
}

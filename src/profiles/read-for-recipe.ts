import { MedembedError } from "../errors.ts";
import { countFrames } from "../formats/dicom/count-frames.ts";
import { type MonochromeFrame, toMeasure } from "../formats/dicom/monochrome-frame.ts";
import { isDicom } from "../formats/dicom/open-dicom.ts";
import { readDicom } from "../formats/dicom/read-dicom.ts";
import { readImage } from "../formats/read-image.ts";
import { readStoredImage } from "../formats/read-stored-image.ts";
import type { Image, PixelArray } from "../image.ts";
import type { ChosenRendering } from "./profiles.ts";
import type { Reading, Recipe } from "./recipes/recipe.ts";
import { renderFrame } from "./renderings/render-frame.ts";

/** What each way of reading finds in the grays and colours of a DICOM file, and in another file. */
const READERS = {
  medembed: { grays: measured, colours: (image) => image, image: readImage },
  sitk: { grays: asSimpleItk, colours: inFloat32, image: readStoredImage },
  pydicom: { grays: asPydicom, colours: (image) => image, image: readStoredImage },
} as const satisfies Record<
  Reading,
  {
    readonly grays: (frame: MonochromeFrame) => PixelArray;
    readonly colours: (image: Image) => PixelArray;
    readonly image: (bytes: Uint8Array) => Promise<Image>;
  }
>;

/**
 * Reads a file as a recipe wants it: for one that takes pictures, the grays of a DICOM file are rendered first.
 * @param dicom whether DICOM files are read, or refused like any other that is no image
 * @throws MedembedError "unsupported-image", "corrupt-image", "image-too-large"
 */
export async function readForRecipe(
  bytes: Uint8Array,
  recipe: Recipe,
  rendering: ChosenRendering,
  dicom: "allowed" | "refused",
): Promise<PixelArray> {
  const { reading } = recipe;
  if (dicom === "refused" || !isDicom(bytes)) return READERS[reading].image(bytes);
  if (reading === "pydicom" && countFrames(bytes) > 1) {
    throw new MedembedError("unsupported-image", "the DICOM file has several frames, which the toolkit cannot take so");
  }
  return inputOfRecipe(readDicom(bytes, rendering.frame), recipe, rendering);
}

/** The same for what was read of a DICOM file. */
export function inputOfRecipe(
  source: Image | MonochromeFrame,
  { takes, reading }: Recipe,
  { name, options }: ChosenRendering,
): PixelArray {
  const reader = READERS[reading];
  if (!("modality" in source)) return reader.colours(source);
  return takes === "picture" ? renderFrame(source, name, options) : reader.grays(source);
}

/** What the values measure, in float32, with the file's first window. */
function measured(frame: MonochromeFrame): PixelArray {
  const { width, height, modality, isInverted, windows } = frame;
  const [window] = windows;
  return {
    width,
    height,
    channels: 1,
    data: Float32Array.from(frame.values, (stored) => toMeasure(modality, stored)),
    isInverted,
    ...(window && { window: [window.center, window.width] }),
  };
}

/** GDCM turns the bits of MONOCHROME1 over before it scales them, and knows no modality table; the toolkit wants float32. */
function asSimpleItk({
  width,
  height,
  values,
  bitsStored,
  isSigned,
  isInverted,
  modality,
}: MonochromeFrame): PixelArray {
  const scale = "entries" in modality ? (stored: number) => stored : (stored: number) => toMeasure(modality, stored);
  const highest = isSigned ? -1 : 2 ** bitsStored - 1;
  const data = Float32Array.from(values, (stored) => scale(isInverted ? highest - stored : stored));
  return { width, height, channels: 1, data };
}

/** Values as they are stored, in float64 where the file has slope or intercept; MONOCHROME1 stays as it is. */
function asPydicom({ width, height, values, modality }: MonochromeFrame): PixelArray {
  const isScaled = !("entries" in modality || modality.isAbsent);
  const data = isScaled ? Float64Array.from(values, (stored) => toMeasure(modality, stored)) : values;
  return { width, height, channels: 1, data };
}

function inFloat32(image: Image): PixelArray {
  return { ...image, data: Float32Array.from(image.data) };
}

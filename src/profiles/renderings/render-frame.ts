import { MedembedError } from "../../errors.ts";
import { type MonochromeFrame, toMeasure } from "../../formats/dicom/monochrome-frame.ts";
import type { Image } from "../../image.ts";
import { paddingOf } from "./curves.ts";
import { type RenderingName, renderingOf } from "./renderings.ts";

/** Up to here all values that there can be are rendered once, and the pixels looked up. */
const MAX_TABLE_BITS = 16;

/**
 * The grays of a DICOM or NIfTI file as an 8-bit picture: stored value, modality transform, rendering, and MONOCHROME1 turned over.
 * Padding is black.
 * @throws MedembedError "unsupported-image" for a file that lacks what the rendering needs
 */
export function renderFrame(
  frame: MonochromeFrame,
  name: RenderingName,
  options: Readonly<Record<string, number>>,
): Image & { readonly depth: 8 } {
  const { width, height, values, bitsStored } = frame;
  const { needsHounsfield, niftiCut, curve, toGray = rounded } = renderingOf(name);
  if (niftiCut && !frame.isNifti) {
    throw new MedembedError("unsupported-image", `rendering ${name} takes NIfTI files`);
  }
  if (needsHounsfield && !frame.isHounsfield) {
    throw new MedembedError("unsupported-image", `rendering ${name} needs a CT image in Hounsfield units`);
  }
  const shown = curve(frame, options);
  const lightness = lightnessOf(frame, (measure) => toGray(shown(measure)));
  const data = bitsStored <= MAX_TABLE_BITS ? lookUpAll(frame, lightness) : Uint8Array.from(values, lightness);
  return { width, height, channels: 1, isIndexed: false, depth: 8, data };
}

/** From a stored value to 0..255. */
function lightnessOf(frame: MonochromeFrame, gray: (measure: number) => number): (stored: number) => number {
  const isPadding = paddingOf(frame);
  const { modality, isInverted } = frame;
  return (stored) => {
    if (isPadding(stored)) return 0;
    const light = gray(toMeasure(modality, stored));
    return isInverted ? 255 - light : light;
  };
}

function rounded(light: number): number {
  return Math.floor(255 * light + 0.5);
}

function lookUpAll({ values, bitsStored, isSigned }: MonochromeFrame, lightness: (stored: number) => number) {
  const mask = 2 ** bitsStored - 1;
  const highest = isSigned ? mask >> 1 : mask;
  const table = new Uint8Array(mask + 1);
  for (let bits = 0; bits <= mask; bits++) table[bits] = lightness(bits > highest ? bits - mask - 1 : bits);
  const data = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) data[i] = table[values[i] & mask];
  return data;
}

import { MedembedError } from "../errors.ts";

/** Larger than any single picture in use; a file beyond it is reported before it is read. */
export const MAX_FILE_BYTES = 2 ** 30;

/** Twice the largest mammograms; with four channels of 8 bits a picture stays within 256 MiB. */
export const MAX_PIXELS = 64 * 2 ** 20;

/** JPEG's and DICOM's own limit. A longer side is forged, and makes the first pass of a resize dear at few pixels. */
const MAX_SIDE = 65_535;

/**
 * Judges the size that a header claims, before anything of that size is reserved. How well the file is compressed plays
 * no part: a small file of many pixels costs the same memory as a large one.
 * @throws MedembedError "corrupt-image" for an empty picture, "image-too-large"
 */
export function checkImageSize(width: number, height: number): void {
  if (width < 1 || height < 1) {
    throw new MedembedError("corrupt-image", `the header says ${width}x${height} pixels, at least 1x1 is needed`);
  }
  if (width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_PIXELS) {
    throw new MedembedError(
      "image-too-large",
      `the image has ${width}x${height} pixels; allowed are ${MAX_SIDE} a side and ${MAX_PIXELS} in all`,
    );
  }
}

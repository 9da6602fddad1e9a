import type { Image } from "../image.ts";
import type { Size } from "./resize-bicubic.ts";

/** Pillow's nearest neighbour: of every output pixel, the input pixel under its centre. */
export function resizeNearest(image: Image, { width, height }: Size): Image {
  const columns = centres(image.width, width);
  const rows = centres(image.height, height);
  const { channels } = image;
  const data = image.depth === 8 ? new Uint8Array(width * height * channels) : new Uint16Array(width * height);
  let at = 0;
  for (const row of rows) {
    for (const column of columns) {
      const from = (row * image.width + column) * channels;
      for (let channel = 0; channel < channels; channel++) data[at++] = image.data[from + channel];
    }
  }
  return { ...image, width, height, data } as Image;
}

/** Steps added up rather than multiplied, because ImagingScaleAffine's rounding errors are part of its answer. */
function centres(inputLength: number, outputLength: number): Int32Array {
  const step = inputLength / outputLength;
  let centre = step * 0.5;
  return new Int32Array(outputLength).map(() => {
    const position = Math.min(inputLength - 1, Math.trunc(centre));
    centre += step;
    return position;
  });
}

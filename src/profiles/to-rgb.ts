import type { Image } from "../image.ts";
import type { Raster } from "./resize-bicubic.ts";

/** uint8 [height, width, 3] of an 8-bit picture: gray three times, alpha dropped, as Pillow's `convert("RGB")`. */
export function toRgb({ channels, data }: Raster): Uint8Array {
  if (channels === 3) return data;
  const isGray = channels < 3;
  const rgb = new Uint8Array((data.length / channels) * 3);
  for (let from = 0, at = 0; from < data.length; from += channels) {
    rgb[at++] = data[from];
    rgb[at++] = data[isGray ? from : from + 1];
    rgb[at++] = data[isGray ? from : from + 2];
  }
  return rgb;
}

/** Gray as three equal channels; pictures with colours or alpha stay. */
export function inColours(picture: Raster): Raster {
  return picture.channels === 1 ? { ...picture, channels: 3, data: toRgb(picture) } : picture;
}

/** 16-bit gray as 8-bit gray by the given rule for a sample; pictures of 8 bits stay. */
export function to8Bit(image: Image, reduce: (sample: number) => number): Image & { readonly depth: 8 } {
  return image.depth === 8 ? image : { ...image, depth: 8, data: Uint8Array.from(image.data, reduce) };
}

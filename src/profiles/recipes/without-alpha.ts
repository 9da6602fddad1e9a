import type { PixelArray } from "../../image.ts";

/** The same numbers without those of the alpha channel, where there is one. */
export function withoutAlpha(pixels: PixelArray): PixelArray {
  const { channels, data } = pixels;
  if (channels === 1 || channels === 3) return pixels;
  const kept = (channels - 1) as 1 | 3;
  const colours = data.slice(0, (data.length / channels) * kept);
  for (let from = 0, at = 0; at < colours.length; from += channels) {
    for (let channel = 0; channel < kept; channel++) colours[at++] = data[from + channel];
  }
  return { ...pixels, channels: kept, data: colours };
}

import { MedembedError } from "../../errors.ts";
import type { Image, PixelArray } from "../../image.ts";

/**
 * Numbers that are the light of a picture already.
 * @param isParity whether inverted ones stay so
 * @throws MedembedError "unsupported-image" for numbers that need a window or the like first
 */
export function asPicture({ width, height, channels, data, isInverted }: PixelArray, isParity: boolean): Image {
  const isTurned = isInverted && !isParity;
  if (data instanceof Uint8Array) {
    const light = isTurned ? data.map((sample) => 255 - sample) : data;
    return { width, height, channels, isIndexed: false, depth: 8, data: light };
  }
  if (data instanceof Uint16Array && channels === 1) {
    const light = isTurned ? data.map((sample) => 65_535 - sample) : data;
    return { width, height, channels, isIndexed: false, depth: 16, data: light };
  }
  throw new MedembedError("unsupported-image", "the recipe takes pictures of 8 bits, or gray of 16 bits without sign");
}

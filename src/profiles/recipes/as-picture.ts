import { MedembedError } from "../../errors.ts";
import type { Image, PixelArray } from "../../image.ts";

/** Numbers that are the light of a picture already. @throws MedembedError "unsupported-image" for those that need a window or the like first */
export function asPicture({ width, height, channels, data }: PixelArray): Image {
  if (data instanceof Uint8Array) return { width, height, channels, isIndexed: false, depth: 8, data };
  if (data instanceof Uint16Array && channels === 1) {
    return { width, height, channels, isIndexed: false, depth: 16, data };
  }
  throw new MedembedError("unsupported-image", "the recipe takes pictures of 8 bits, or gray of 16 bits without sign");
}

import { checkImageSize } from "../../formats/image-limits.ts";
import type { Raster } from "../resize-bicubic.ts";

/**
 * Black on both sides of the shorter way, half of what is missing each, rounded down: an odd difference stays one pixel off.
 * @throws MedembedError "image-too-large" where a long thin picture becomes a huge one
 */
export function padToSquare(picture: Raster): Raster {
  const { width, height, channels, data } = picture;
  const left = Math.floor(Math.max(0, height - width) / 2);
  const top = Math.floor(Math.max(0, width - height) / 2);
  checkImageSize(width + 2 * left, height + 2 * top);
  const padded = { ...picture, width: width + 2 * left, height: height + 2 * top };
  const square = new Uint8Array(padded.width * padded.height * channels);
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * width * channels, (y + 1) * width * channels);
    square.set(row, ((y + top) * padded.width + left) * channels);
  }
  return { ...padded, data: square };
}

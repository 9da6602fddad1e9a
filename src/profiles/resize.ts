import type { Image } from "../image.ts";
import { premultiply, unpremultiply } from "./premultiply.ts";
import { resizeBicubic, type Size } from "./resize-bicubic.ts";
import { resizeGray16 } from "./resize-gray16.ts";
import { resizeNearest } from "./resize-nearest.ts";

/**
 * Pillow's `image.resize(size)`, bit for bit: the picture keeps its kind, indexed ones by nearest neighbour, those with
 * alpha premultiplied meanwhile, all others bicubic. A picture that has the size already is returned as it is.
 */
export function resizeImage(image: Image, size: Size): Image {
  const { width, height } = size;
  if (image.width === width && image.height === height) return image;
  if (image.isIndexed) return resizeNearest(image, size);
  if (image.depth === 16) return { ...image, width, height, data: resizeGray16(image, size) };
  const hasAlpha = image.channels === 2 || image.channels === 4;
  const resized = resizeBicubic(hasAlpha ? premultiply(image) : image, size);
  return { ...image, width, height, data: (hasAlpha ? unpremultiply(resized) : resized).data };
}

import { multiply255 } from "../formats/multiply-255.ts";
import type { Raster } from "./resize-bicubic.ts";

/** Each colour times its alpha, the last channel, as Pillow's RGBA to RGBa. */
export function premultiply(picture: Raster): Raster {
  return mapColors(picture, multiply255);
}

/** The colours that gave a premultiplied picture, rounded down; where alpha is 0 they stay, as Pillow's RGBa to RGBA. */
export function unpremultiply(picture: Raster): Raster {
  return mapColors(picture, (color, alpha) => (alpha === 0 ? color : Math.min(255, Math.floor((255 * color) / alpha))));
}

function mapColors(picture: Raster, change: (color: number, alpha: number) => number): Raster {
  const { channels } = picture;
  const data = picture.data.slice();
  for (let pixel = 0; pixel < data.length; pixel += channels) {
    const alphaAt = pixel + channels - 1;
    for (let at = pixel; at < alphaAt; at++) data[at] = change(data[at], data[alphaAt]);
  }
  return { ...picture, data };
}

import { resizeBicubic } from "../resize-bicubic.ts";
import { to8Bit, toRgb } from "../to-rgb.ts";
import { asPicture } from "./as-picture.ts";
import { type Given, readSwitch } from "./options.ts";
import { quantiles } from "./quantiles.ts";
import type { Recipe } from "./recipe.ts";
import { reduce16 } from "./reduce-16.ts";

const SIZE = { width: 512, height: 512 };

/** A range that is narrower is taken for so wide. */
const SMALLEST_RANGE = 1e-6;

/**
 * What the MCP server of healthcareai-examples sends: RGB, 512x512, from percentile 5 to percentile 95 of all samples, JPEG.
 * With `parity=1` gray of 16 bits turns white above 255.
 * @throws MedembedError "usage"
 */
export function mcp512Jpeg(given: Given): Recipe {
  const isParity = readSwitch(given, "parity");
  return {
    id: isParity ? "mcp-512-jpeg;parity=1" : "mcp-512-jpeg",
    takes: "picture",
    reading: "medembed",
    jpegQuality: 75,
    follow(pixels) {
      const picture = to8Bit(asPicture(pixels, isParity), reduce16(isParity));
      const rgb = resizeBicubic({ ...picture, channels: 3, data: toRgb(picture) }, SIZE);
      const table = lightOf(...(quantiles(rgb.data, [0.05, 0.95]) as [number, number]));
      return { ...rgb, data: rgb.data.map((sample) => table[sample]) };
    },
  };
}

/** What becomes of each sample, in float32. */
function lightOf(low: number, high: number): Uint8Array {
  const { fround } = Math;
  const darkest = fround(low);
  const width = fround(Math.max(high - low, SMALLEST_RANGE));
  const light = (sample: number) => fround(fround(fround(sample - darkest) / width) * 255);
  return Uint8Array.from({ length: 256 }, (_, sample) => Math.min(255, Math.max(0, light(sample))));
}

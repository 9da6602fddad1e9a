import type { Samples } from "../../image.ts";
import { type Given, readSwitch } from "./options.ts";
import { quantiles } from "./quantiles.ts";
import type { Recipe } from "./recipe.ts";
import { extremes, numbersOf } from "./stretch.ts";
import { withoutAlpha } from "./without-alpha.ts";

/**
 * What the notebook `advanced-call-example` sends: from percentile 10 to percentile 90, in the size that the picture has.
 * With `parity=1` MONOCHROME1 stays as it is and a range of one value gives black.
 * @throws MedembedError "usage"
 */
export function advanced1090(given: Given): Recipe {
  const isParity = readSwitch(given, "parity");
  return {
    id: isParity ? "advanced-10-90;parity=1" : "advanced-10-90",
    takes: "numbers",
    reading: isParity ? "sitk" : "medembed",
    follow(pixels) {
      const { data, ...kept } = isParity ? pixels : withoutAlpha(pixels);
      const numbers = Float32Array.from(isParity ? data : numbersOf(data));
      const [low, high] = quantiles(numbers, [0.1, 0.9]);
      const isEmpty = !isParity && low === high;
      const light = stretch(data, isEmpty ? extremes(numbers) : [low, high]);
      return { ...kept, data: pixels.isInverted && !isParity ? light.map((value) => 255 - value) : light };
    },
  };
}

/** In float32 whatever the samples are, and times 255 before the division. */
function stretch(data: Samples, range: readonly number[]): Uint8Array {
  const { fround } = Math;
  const [low, high] = range.map(fround);
  const width = fround(high - low);
  const stretched = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const clipped = Math.min(high, Math.max(low, fround(data[i])));
    stretched[i] = fround(fround(fround(clipped - low) * 255) / width);
  }
  return stretched;
}

import { resizeImage } from "../resize.ts";
import { to8Bit, toRgb } from "../to-rgb.ts";
import { asPicture } from "./as-picture.ts";
import { type Given, readSwitch } from "./options.ts";
import type { Recipe } from "./recipe.ts";
import { reduce16 } from "./reduce-16.ts";

const SIZE = { width: 512, height: 512 };

/**
 * What the notebook `mi2-finetuning` trains on and sends: 512x512, RGB, JPEG. With `parity=1` gray of 16 bits turns white above 255.
 * @throws MedembedError "usage"
 */
export function finetune512Q95(given: Given): Recipe {
  const isParity = readSwitch(given, "parity");
  return {
    id: isParity ? "finetune-512-q95;parity=1" : "finetune-512-q95",
    takes: "picture",
    reading: "medembed",
    jpegQuality: 95,
    params: { jpegQuality: 95, size: 480 },
    follow(pixels) {
      const picture = to8Bit(resizeImage(asPicture(pixels, isParity), SIZE), reduce16(isParity));
      return { ...SIZE, channels: 3, data: toRgb(picture) };
    },
  };
}

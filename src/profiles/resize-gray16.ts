import { bicubicWindows, type Window } from "./bicubic-windows.ts";
import type { Size } from "./resize-bicubic.ts";

interface Gray16 extends Size {
  readonly data: Uint16Array;
}

/**
 * Bicubic resize of 16-bit gray as in Pillow 12.3 (mode I;16): sums in double precision, width first, then height, rounded
 * and clipped to 16 bits in between. Up to 11.3 Pillow kept or folded what leaves that range between the passes, which
 * shows at hard edges alone.
 */
export function resizeGray16(source: Gray16, size: Size): Uint16Array {
  const wide = source.width === size.width ? source : resizeWidth(source, bicubicWindows(source.width, size.width));
  const sized = wide.height === size.height ? wide : resizeHeight(wide, bicubicWindows(wide.height, size.height));
  return sized.data;
}

function resizeWidth({ width, height, data }: Gray16, windows: Window<Float64Array>[]): Gray16 {
  const resized = new Uint16Array(windows.length * height);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (const { first, weights } of windows) resized[at++] = weightedSum(data, y * width + first, 1, weights);
  }
  return { width: windows.length, height, data: resized };
}

function resizeHeight({ width, data }: Gray16, windows: Window<Float64Array>[]): Gray16 {
  const resized = new Uint16Array(width * windows.length);
  let at = 0;
  for (const { first, weights } of windows) {
    for (let x = 0; x < width; x++) resized[at++] = weightedSum(data, first * width + x, width, weights);
  }
  return { width, height: windows.length, data: resized };
}

function weightedSum(samples: Uint16Array, start: number, step: number, weights: Float64Array): number {
  let sum = 0;
  for (let k = 0, at = start; k < weights.length; k++, at += step) sum += samples[at] * weights[k];
  return Math.min(65535, Math.max(0, Math.floor(sum + 0.5)));
}

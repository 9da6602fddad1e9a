import { fixedPointWindows, WEIGHT_BITS, type Window } from "./bicubic-windows.ts";
import { simdPasses } from "./resize-simd.ts";

/** uint8 [height, width, channels] */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The two halves of a resize. There are two sets of them, for speed and for machines without SIMD, equal to the bit. */
export interface Passes {
  resizeWidth(source: Raster, windows: readonly Window<Int32Array>[]): Raster;
  resizeHeight(source: Raster, windows: readonly Window<Int32Array>[]): Raster;
}

/**
 * Pillow's bicubic resize of 8-bit samples, bit for bit: width first, then height, rounded to bytes in between; a pass
 * that would change nothing is left out.
 */
export function resizeBicubic(source: Raster, size: Size, passes: Passes = simdPasses ?? plainPasses): Raster {
  const { width, height } = source;
  const wide = width === size.width ? source : passes.resizeWidth(source, fixedPointWindows(width, size.width));
  return height === size.height ? wide : passes.resizeHeight(wide, fixedPointWindows(height, size.height));
}

/** The passes as they read in Pillow, which sums in 32 bits as well. */
export const plainPasses: Passes = {
  resizeWidth({ width, height, channels, data }, windows) {
    const resized = new Uint8Array(windows.length * height * channels);
    let at = 0;
    for (let y = 0; y < height; y++) {
      const row = y * width * channels;
      for (const { first, weights } of windows) {
        for (let channel = 0; channel < channels; channel++) {
          resized[at++] = weightedSum(data, row + first * channels + channel, channels, weights);
        }
      }
    }
    return { width: windows.length, height, channels, data: resized };
  },

  resizeHeight({ width, channels, data }, windows) {
    const rowLength = width * channels;
    const resized = new Uint8Array(windows.length * rowLength);
    let at = 0;
    for (const { first, weights } of windows) {
      for (let column = 0; column < rowLength; column++) {
        resized[at++] = weightedSum(data, first * rowLength + column, rowLength, weights);
      }
    }
    return { width, height: windows.length, channels, data: resized };
  },
};

function weightedSum(samples: Uint8Array, start: number, step: number, weights: Int32Array): number {
  let sum = 1 << (WEIGHT_BITS - 1);
  for (let k = 0, at = start; k < weights.length; k++, at += step) {
    sum = (sum + Math.imul(samples[at], weights[k])) | 0;
  }
  return Math.min(255, Math.max(0, sum >> WEIGHT_BITS));
}

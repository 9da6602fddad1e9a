import type { Samples } from "../../image.ts";

/** What becomes black and what becomes white. */
export type Range = readonly [low: number, high: number];

/**
 * `(sample - low) / (high - low) * 255`, of samples clipped to the range, cut off to whole numbers; 0 for NaN, which an empty
 * range makes of all. As in NumPy 1.25: in float32 where the samples are, else in float64.
 */
export function stretch(data: Samples, [darkest, lightest]: Range): Uint8Array {
  const round = data instanceof Float32Array ? Math.fround : (value: number) => value;
  const low = round(darkest);
  const high = round(lightest);
  const width = round(lightest - darkest);
  const stretched = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const clipped = Math.min(high, Math.max(low, data[i]));
    stretched[i] = round(round(round(clipped - low) / width) * 255);
  }
  return stretched;
}

/** The lowest and the highest sample; NaN where one is none. */
export function extremes(data: Samples): Range {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < data.length; i++) {
    low = Math.min(low, data[i]);
    high = Math.max(high, data[i]);
  }
  return [low, high];
}

/** The samples without what is no number, for ranges to be taken of; one zero where nothing is left. */
export function numbersOf(data: Samples): Samples {
  if (!(data instanceof Float32Array || data instanceof Float64Array) || data.every(Number.isFinite)) return data;
  const numbers = data.filter(Number.isFinite);
  return numbers.length > 0 ? numbers : Float32Array.of(0);
}

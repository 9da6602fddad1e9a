/** One output position of a resize: the input positions from `first` on, each with its weight. */
export interface Window<Weights extends Float64Array | Int32Array> {
  readonly first: number;
  readonly weights: Weights;
}

/** 32 bits less 8 for the sample and 2 for the sum to grow: the bits left for a weight's fraction. */
export const WEIGHT_BITS = 22;

/** Input positions on either side of the centre that the cubic reaches at scale 1. */
const REACH = 2;

/**
 * The weights by which `inputLength` samples become `outputLength`; when shrinking, the cubic widens to blur what would
 * alias. Rounding and order of the sums are those of Pillow 9.4 to 12.3 (libImaging/Resample.c, precompute_coeffs).
 */
export function bicubicWindows(inputLength: number, outputLength: number): Window<Float64Array>[] {
  const scale = inputLength / outputLength;
  const stretch = Math.max(scale, 1);
  return Array.from({ length: outputLength }, (_, position) => {
    const centre = (position + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - REACH * stretch + 0.5));
    const end = Math.min(inputLength, Math.trunc(centre + REACH * stretch + 0.5));
    const weights = new Float64Array(end - first);
    let sum = 0;
    for (let k = 0; k < weights.length; k++) {
      weights[k] = cubic((k + first - centre + 0.5) * (1 / stretch));
      sum += weights[k];
    }
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

/** Lengths whose windows are kept for the next picture, as most have a size that was there before: two a picture, 1 MiB each at most. */
const KEPT_LENGTHS = 8;

const kept = new Map<string, readonly Window<Int32Array>[]>();

/** The same weights as integers, a fraction of 2^22 each, halves rounded away from zero. */
export function fixedPointWindows(inputLength: number, outputLength: number): readonly Window<Int32Array>[] {
  const key = `${inputLength} ${outputLength}`;
  const known = kept.get(key);
  if (known) return known;
  const windows = bicubicWindows(inputLength, outputLength).map(({ first, weights }) => ({
    first,
    weights: new Int32Array(weights.map((weight) => weight * 2 ** WEIGHT_BITS + (weight < 0 ? -0.5 : 0.5))), // cuts off fractions
  }));
  if (kept.size === KEPT_LENGTHS) kept.delete(kept.keys().next().value!);
  kept.set(key, windows);
  return windows;
}

/** Keys' cubic with a = -0.5. */
function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * -0.5;
  return 0;
}

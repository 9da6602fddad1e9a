import type { Samples } from "../../image.ts";

/**
 * Values below which the given shares of all samples lie; between two samples in proportion. Rounding and order of the
 * operations are those of NumPy 1.25's `percentile`.
 * @param data at least one sample; where one is NaN, all quantiles are
 * @param shares from 0 to 1
 */
export function quantiles(data: Samples, shares: readonly number[]): number[] {
  const isFloat = data instanceof Float32Array || data instanceof Float64Array;
  if (isFloat && data.some(Number.isNaN)) return shares.map(() => Number.NaN);
  const last = data.length - 1;
  const valueAt = rankedValues(data);
  const difference = data instanceof Float32Array ? (a: number, b: number) => Math.fround(a - b) : minus;
  return shares.map((share) => {
    const position = last * share;
    const rank = Math.floor(position);
    const below = valueAt(rank);
    const above = valueAt(Math.min(rank + 1, last));
    const step = difference(above, below);
    const part = position - rank;
    return part < 0.5 ? below + step * part : above - step * (1 - part);
  });
}

function minus(a: number, b: number): number {
  return a - b;
}

/** The value at a rank, from 0, of a sorted copy; nothing is sorted where float32 holds every sample. */
function rankedValues(data: Samples): (rank: number) => number {
  if (data instanceof Float64Array || data instanceof Int32Array || data instanceof Uint32Array) {
    const sorted = Float64Array.from(data).sort();
    return (rank) => sorted[rank];
  }
  const keys = sortableKeys(data);
  const upperCounts = new Uint32Array(2 ** 16);
  for (let i = 0; i < keys.length; i++) upperCounts[keys[i] >>> 16]++;
  return (rank) => {
    const upper = locate(upperCounts, rank);
    const lowerCounts = new Uint32Array(2 ** 16);
    for (let i = 0; i < keys.length; i++) if (keys[i] >>> 16 === upper.at) lowerCounts[keys[i] & 0xffff]++;
    return sampleOf((upper.at << 16) | locate(lowerCounts, upper.rest).at);
  };
}

/** The bits of float32 as integers in the order of the numbers: the sign turned over, of negative numbers everything. */
function sortableKeys(data: Samples): Uint32Array {
  const keys = new Uint32Array(new Float32Array(data).buffer);
  for (let i = 0; i < keys.length; i++) keys[i] ^= keys[i] >>> 31 === 1 ? 0xffffffff : 0x80000000;
  return keys;
}

function sampleOf(key: number): number {
  return new Float32Array(Int32Array.of(key >>> 31 === 1 ? key ^ 0x80000000 : ~key).buffer)[0];
}

/** The entry that a rank falls into, when every entry holds so many, and the rank within it. */
function locate(counts: Uint32Array, rank: number): { readonly at: number; readonly rest: number } {
  let rest = rank;
  let at = 0;
  while (rest >= counts[at]) rest -= counts[at++];
  return { at, rest };
}

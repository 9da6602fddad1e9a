import type { Window } from "./bicubic-windows.ts";
import type { Passes, Raster } from "./resize-bicubic.ts";
import { createWeightedSums, type WeightedSumsKernel } from "./weighted-sums.ts";

const PAGE_BYTES = 2 ** 16;
const LANES = 4;
const ENTRY_BYTES = 12;
/** The kernel reads and writes a few bytes past the sample it is asked for. */
const OVERSHOOT_BYTES = 8;
/** What the height pass holds of the picture at a time: stays within the processor's cache, and memory stays bounded. */
const STRIP_BYTES = 2 ** 22;

/** The passes on the WebAssembly kernel; undefined where the machine has no SIMD. */
export const simdPasses = passesOn(createWeightedSums());

function passesOn(kernel: WeightedSumsKernel | undefined): Passes | undefined {
  if (!kernel) return undefined;
  return {
    resizeWidth: (source, windows) => resizeWidth(kernel, source, windows),
    resizeHeight: (source, windows) => resizeHeight(kernel, source, windows),
  };
}

/**
 * Row by row. Four lanes from a pixel on reach into the next one where a pixel has fewer than four channels; what they
 * write there is overwritten when its turn comes.
 */
function resizeWidth(kernel: WeightedSumsKernel, source: Raster, windows: readonly Window<Int32Array>[]): Raster {
  const { width, height, channels, data } = source;
  const resized = new Uint8Array(windows.length * height * channels);
  const rowBytes = width * channels;
  const resizedRowBytes = windows.length * channels;
  const isGray = channels === 1;
  const [sums, weightsAtOnce, sampleStep] = isGray ? [kernel.oneSum, LANES, LANES] : [kernel.fourSums, 1, channels];
  const from = tableBytesOf(windows, weightsAtOnce);
  const to = from + rowBytes + OVERSHOOT_BYTES;
  const memory = reserve(kernel, to + resizedRowBytes + OVERSHOOT_BYTES);
  writeTable(memory, windows, channels, weightsAtOnce);
  for (let y = 0; y < height; y++) {
    memory.set(data.subarray(y * rowBytes, (y + 1) * rowBytes), from);
    sums(from, to, 0, windows.length, 0, channels, ENTRY_BYTES, sampleStep);
    resized.set(memory.subarray(to, to + resizedRowBytes), y * resizedRowBytes);
  }
  return { width: windows.length, height, channels, data: resized };
}

/** Strip by strip of columns, each as broad as fits; within one, four samples of a row at a time. */
function resizeHeight(kernel: WeightedSumsKernel, source: Raster, windows: readonly Window<Int32Array>[]): Raster {
  const { width, height, channels, data } = source;
  const rowBytes = width * channels;
  const resized = new Uint8Array(windows.length * rowBytes);
  const broadest = Math.max(LANES, Math.floor(STRIP_BYTES / height / LANES) * LANES);
  const from = tableBytesOf(windows, 1);
  const to = from + height * Math.min(broadest, rowBytes) + OVERSHOOT_BYTES;
  const memory = reserve(kernel, to + Math.min(broadest, rowBytes) + OVERSHOOT_BYTES);
  for (let left = 0; left < rowBytes; left += broadest) {
    const stripBytes = Math.min(broadest, rowBytes - left);
    writeTable(memory, windows, stripBytes, 1);
    for (let y = 0; y < height; y++) {
      const start = y * rowBytes + left;
      memory.set(data.subarray(start, start + stripBytes), from + y * stripBytes);
    }
    for (let y = 0; y < windows.length; y++) {
      const quads = Math.ceil(stripBytes / LANES);
      kernel.fourSums(from, to, y * ENTRY_BYTES, quads, LANES, LANES, 0, stripBytes);
      resized.set(memory.subarray(to, to + stripBytes), y * rowBytes + left);
    }
  }
  return { width, height: windows.length, channels, data: resized };
}

function tableBytesOf(windows: readonly Window<Int32Array>[], weightsAtOnce: number): number {
  return windows.reduce((bytes, { weights }) => bytes + ENTRY_BYTES + 4 * roundUp(weights.length, weightsAtOnce), 0);
}

/** The kernel's table at address 0: an entry for each window, then all their weights. */
function writeTable(
  memory: Uint8Array,
  windows: readonly Window<Int32Array>[],
  sampleBytes: number,
  weightsAtOnce: number,
): void {
  const table = new Int32Array(memory.buffer, 0, tableBytesOf(windows, weightsAtOnce) / 4).fill(0);
  let entry = 0;
  let weight = (windows.length * ENTRY_BYTES) / 4;
  for (const { first, weights } of windows) {
    table[entry++] = first * sampleBytes;
    table[entry++] = weight * 4;
    table.set(weights, weight);
    weight += roundUp(weights.length, weightsAtOnce);
    table[entry++] = weight * 4;
  }
}

function roundUp(count: number, multiple: number): number {
  return Math.ceil(count / multiple) * multiple;
}

function reserve({ memory }: WeightedSumsKernel, bytes: number): Uint8Array {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
  return new Uint8Array(memory.buffer);
}

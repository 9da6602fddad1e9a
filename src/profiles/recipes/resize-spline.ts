import type { Raster, Size } from "../resize-bicubic.ts";
import { splineWeights, toSplineCoefficients } from "./cubic-spline.ts";
import { blurLine, gaussianKernel } from "./gaussian-blur.ts";

/** Zeros around the picture, of which the spline gets coefficients, too; the zeros beyond are left to its mirrored ends. */
const MARGIN = 12;

/** A blur of a smaller deviation is none. */
const SMALLEST_DEVIATION = 1e-15;

/** One channel in the middle of its margin: [height + 2 margins, width + 2 margins]. */
interface Plane extends Size {
  /** Of a row, margins included. */
  readonly stride: number;
  readonly data: Float64Array;
}

/**
 * scikit-image's `resize(order=3, mode="constant", anti_aliasing=True, preserve_range=True)`, cut off to bytes: where the picture
 * shrinks a blur, then the cubic spline through all samples, with black around them, each channel for itself.
 * Rounding and order of the operations are those of scikit-image 0.24 with SciPy 1.15, in float64.
 */
export function resizeSpline(picture: Raster, size: Size): Raster {
  const { channels } = picture;
  const resized = new Uint8Array(size.width * size.height * channels);
  for (let channel = 0; channel < channels; channel++) {
    const plane = planeOf(picture, channel);
    blur(plane, size);
    toCoefficients(plane);
    const samples = sampleSpline(plane, size);
    clipTo(rangeOf(picture, channel), samples);
    for (let i = 0, at = channel; i < samples.length; i++, at += channels) resized[at] = samples[i];
  }
  return { ...size, channels, data: resized };
}

function planeOf({ width, height, channels, data }: Raster, channel: number): Plane {
  const stride = width + 2 * MARGIN;
  const plane = { width, height, stride, data: new Float64Array(stride * (height + 2 * MARGIN)) };
  for (let y = 0, from = channel; y < height; y++) {
    for (let at = firstOf(plane, y), end = at + width; at < end; at++, from += channels) plane.data[at] = data[from];
  }
  return plane;
}

function firstOf({ stride }: Plane, row: number): number {
  return (row + MARGIN) * stride + MARGIN;
}

/** Down the columns, then along the rows, half a deviation for each sample that goes into one beyond the first. */
function blur(plane: Plane, size: Size): void {
  const { width, height, stride } = plane;
  const first = firstOf(plane, 0);
  blurLines(plane.data, height / size.height, { length: height, step: stride, first, lines: width, lineStep: 1 });
  blurLines(plane.data, width / size.width, { length: width, step: 1, first, lines: height, lineStep: stride });
}

/** Which samples make the lines of one direction. */
interface Lines {
  readonly length: number;
  readonly step: number;
  readonly first: number;
  readonly lines: number;
  readonly lineStep: number;
}

function blurLines(data: Float64Array, scale: number, { length, step, first, lines, lineStep }: Lines): void {
  const deviation = Math.max(0, (scale - 1) / 2);
  if (deviation <= SMALLEST_DEVIATION) return;
  const kernel = gaussianKernel(deviation);
  const radius = kernel.length - 1;
  const line = new Float64Array(length + 2 * radius);
  const blurred = new Float64Array(length);
  for (let n = 0; n < lines; n++) {
    const start = first + n * lineStep;
    for (let i = 0, at = start; i < length; i++, at += step) line[radius + i] = data[at];
    blurLine(line, kernel, blurred);
    for (let i = 0, at = start; i < length; i++, at += step) data[at] = blurred[i];
  }
}

/** Down the columns, then along the rows, margins included. */
function toCoefficients({ stride, data }: Plane): void {
  const column = new Float64Array(data.length / stride);
  for (let x = 0; x < stride; x++) {
    for (let y = 0, at = x; y < column.length; y++, at += stride) column[y] = data[at];
    toSplineCoefficients(column);
    for (let y = 0, at = x; y < column.length; y++, at += stride) data[at] = column[y];
  }
  for (let at = 0; at < data.length; at += stride) toSplineCoefficients(data.subarray(at, at + stride));
}

function sampleSpline(plane: Plane, size: Size): Float64Array {
  const { stride, data } = plane;
  const rows = placesOf(plane.height, size.height);
  const columns = placesOf(plane.width, size.width);
  const samples = new Float64Array(size.width * size.height);
  let at = 0;
  for (const row of rows) {
    for (const column of columns) {
      let sum = 0;
      for (let j = 0; j < 4; j++) {
        const from = (row.first + j) * stride + column.first;
        for (let i = 0; i < 4; i++) sum += data[from + i] * row.weights[j] * column.weights[i];
      }
      samples[at++] = sum;
    }
  }
  return samples;
}

/** For each sample of the resized line: the first of four coefficients around its place, and what they count there. */
function placesOf(length: number, resizedLength: number) {
  const scale = length / resizedLength;
  return Array.from({ length: resizedLength }, (_, i) => {
    const place = (i + 0.5) * scale - 0.5 + MARGIN;
    const before = Math.floor(place);
    return { first: before - 1, weights: splineWeights(place - before) };
  });
}

function rangeOf({ channels, data }: Raster, channel: number): [low: number, high: number] {
  let low = 255;
  let high = 0;
  for (let at = channel; at < data.length; at += channels) {
    low = Math.min(low, data[at]);
    high = Math.max(high, data[at]);
  }
  return [low, high];
}

/** To the range of the picture, which is widened to the black around it only where the spline gets that far. */
function clipTo([low, high]: readonly [number, number], samples: Float64Array): void {
  const lowest = samples.reduce((least, sample) => Math.min(least, sample));
  const floor = lowest <= 0 ? 0 : low;
  for (let i = 0; i < samples.length; i++) samples[i] = Math.min(high, Math.max(floor, samples[i]));
}

/** The kernel ends so many deviations from its middle. */
const REACH = 4;

/**
 * The right half of a normal curve, its middle first, with sums and order of operations of SciPy's `_gaussian_kernel1d`.
 * @param deviation in samples
 */
export function gaussianKernel(deviation: number): Float64Array {
  const radius = Math.trunc(REACH * deviation + 0.5);
  const scale = -0.5 / (deviation * deviation);
  const curve = Float64Array.from({ length: 2 * radius + 1 }, (_, i) => exactExp(scale * (i - radius) ** 2));
  const sum = pairwiseSum(curve);
  return curve.subarray(radius).map((value) => value / sum);
}

/**
 * Blurs a line with zeros on both sides of it. The sums begin in the middle and go on from the outside, as SciPy's do.
 * @param line the samples, from `radius` on; that many zeros before and behind them
 * @param blurred as long as the samples
 */
export function blurLine(line: Float64Array, kernel: Float64Array, blurred: Float64Array): void {
  const radius = kernel.length - 1;
  for (let i = 0; i < blurred.length; i++) {
    const middle = i + radius;
    let sum = line[middle] * kernel[0];
    for (let k = radius; k > 0; k--) sum += (line[middle - k] + line[middle + k]) * kernel[k];
    blurred[i] = sum;
  }
}

/** NumPy's sum: eight at a time up to 128 values, halves above, so that it rounds as little and in the same places. */
function pairwiseSum(values: Float64Array): number {
  if (values.length < 8) return values.reduce((sum, value) => sum + value, 0);
  if (values.length > 128) {
    const half = Math.floor(values.length / 2);
    const middle = half - (half % 8);
    return pairwiseSum(values.subarray(0, middle)) + pairwiseSum(values.subarray(middle));
  }
  const [a, b, c, d, e, f, g, h] = Array.from({ length: 8 }, (_, lane) => {
    let sum = values[lane];
    for (let i = lane + 8; i < values.length - (values.length % 8); i += 8) sum += values[i];
    return sum;
  });
  const rest = values.subarray(values.length - (values.length % 8));
  return rest.reduce((sum, value) => sum + value, a + b + (c + d) + (e + f + (g + h)));
}

/** Bits behind the point: enough for the last bit of e to any power that a kernel needs to be right. */
const FRACTION_BITS = 200n;

/**
 * e to a power from -40 to 0, rounded correctly, which `Math.exp` is not always, and differently in each browser: a last
 * bit decides whether a white area stays 255 or is cut off at 254.
 */
function exactExp(power: number): number {
  const one = 1n << FRACTION_BITS;
  const x = BigInt(-power * 2 ** 100) << (FRACTION_BITS - 100n);
  let sum = one;
  for (let n = 1n, term = x; term > 0n; n++, term = ((term * x) >> FRACTION_BITS) / n) sum += term;
  return Number((one * one) / sum) / 2 ** Number(FRACTION_BITS);
}

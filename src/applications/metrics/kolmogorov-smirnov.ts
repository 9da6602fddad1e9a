import { checkNumbers } from "./check-rows.ts";

/** Steps up to which the p value is exact; above, it is that of endless samples. */
const MAX_STEPS = 1e8;
/** Below it the limit is 1 to twelve digits, and its series of no use. */
const LEAST_X = 0.2;
/** Terms of the series: from there on the last ones are below any double. */
const LIMIT_TERMS = 100;

export interface TestResult {
  readonly statistic: number;
  /** The chance of a statistic at least as large where nothing differs. */
  readonly p: number;
}

/**
 * Kolmogorov and Smirnov's test of two samples: the largest distance between their cumulative shares, and how likely one so large is
 * when both come from one distribution. Equal values make p too large, never too small.
 * @param a [n] @param b [m], neither empty @throws MedembedError "invalid-data" for NaN
 */
export function kolmogorovSmirnov(a: ArrayLike<number>, b: ArrayLike<number>): TestResult {
  for (const values of [a, b]) checkNumbers("score", values);
  const steps = largestDistance(Float64Array.from(a).sort(), Float64Array.from(b).sort());
  const [n, m] = [a.length, b.length];
  const statistic = steps / (n * m);
  return { statistic, p: n * m <= MAX_STEPS ? exactP(steps, n, m) : limitP(statistic * Math.sqrt((n * m) / (n + m))) };
}

/** In steps of 1 / (n m), which are whole numbers. @param a, b rising */
function largestDistance(a: Float64Array, b: Float64Array): number {
  let [i, j, largest] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i], b[j]);
    while (i < a.length && a[i] === value) i++;
    while (j < b.length && b[j] === value) j++;
    largest = Math.max(largest, Math.abs(i * b.length - j * a.length));
  }
  return largest;
}

/**
 * The share of all ways to mix the samples that come as far apart: ways are counted along a grid of i values of the one and j of the
 * other, those left out that stray so far (Hodges, Arkiv för Matematik 3, 1958).
 */
function exactP(steps: number, n: number, m: number): number {
  const stays = new Float64Array(m + 1); // for i values of the one: the share of ways to j of the other that stayed close
  for (let j = 0; j <= m; j++) stays[j] = j * n < steps ? 1 : 0;
  for (let i = 1; i <= n; i++) {
    stays[0] = i * m < steps ? stays[0] : 0;
    for (let j = 1; j <= m; j++) {
      // The last of i + j values is one of the one's with the chance i / (i + j).
      stays[j] = Math.abs(i * m - j * n) < steps ? (i * stays[j] + j * stays[j - 1]) / (i + j) : 0;
    }
  }
  return Math.min(1, Math.max(0, 1 - stays[m]));
}

/** 2 Σ (-1)^(k-1) exp(-2 k² x²), Kolmogorov's limit. */
function limitP(x: number): number {
  if (x < LEAST_X) return 1;
  let sum = 0;
  for (let k = LIMIT_TERMS; k >= 1; k--) sum += (k % 2 === 1 ? 1 : -1) * Math.exp(-2 * (k * x) ** 2);
  return Math.min(1, Math.max(0, 2 * sum));
}

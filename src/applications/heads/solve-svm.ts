import type { Matrix } from "../matrix.ts";

/** @property factors [rows], of the kernel with each; 0 for all but the support vectors */
export interface SupportVectors {
  readonly factors: Float64Array;
  readonly bias: number;
}

export interface SvmProblem {
  /** [rows], 1 or -1. */
  readonly sides: Int8Array;
  /** [rows], the most that each may count (C). */
  readonly bounds: Float64Array;
}

/** How far the two rows that fit worst may be apart, in units of the margin; libsvm's own. */
const TOLERANCE = 1e-3;
/** Of a kernel that is not positive definite in this arithmetic. */
const LEAST_CURVATURE = 1e-12;
/** Pairs that are changed: far more than any problem takes that can be solved. */
const MAX_STEPS_A_ROW = 1_000;

/**
 * The support vector machine of a kernel, by sequential minimal optimisation: two rows at a time, chosen by second-order information
 * (Fan, Chen and Lin 2005). A row counts αᵢ, from 0 to its bound, so that Σ αᵢ sideᵢ = 0.
 * @param kernel [rows, rows] @returns factors αᵢ · sideᵢ
 */
export function solveSvm({ rows, values: kernel }: Matrix, { sides, bounds }: SvmProblem): SupportVectors {
  const alphas = new Float64Array(rows);
  const gradient = new Float64Array(rows).fill(-1); // of ½ Σ αᵢ αⱼ sideᵢ sideⱼ K(i, j) - Σ αᵢ
  const canRise = (row: number) => (sides[row] > 0 ? alphas[row] < bounds[row] : alphas[row] > 0);
  const canFall = (row: number) => (sides[row] > 0 ? alphas[row] > 0 : alphas[row] < bounds[row]);
  for (let step = 0; step < MAX_STEPS_A_ROW * rows; step++) {
    const first = worstFitting();
    if (first < 0) break;
    const second = bestPartner(first);
    if (second < 0) break;
    moveAlong(first, second);
  }
  return { factors: alphas.map((alpha, row) => alpha * sides[row]), bias: biasOf() };

  /** Of the rows whose factor can rise the one that gains the most by it. */
  function worstFitting(): number {
    let [worst, most] = [-1, Number.NEGATIVE_INFINITY];
    for (let row = 0; row < rows; row++) {
      const gain = -sides[row] * gradient[row];
      if (gain > most && canRise(row)) [worst, most] = [row, gain];
    }
    return worst;
  }

  /** Of the rows whose factor can fall the one with which a step lowers the objective most; -1 where all fit well enough. */
  function bestPartner(first: number): number {
    const gain = -sides[first] * gradient[first];
    let [best, most, least] = [-1, 0, Number.POSITIVE_INFINITY];
    for (let row = 0; row < rows; row++) {
      if (!canFall(row)) continue;
      const own = -sides[row] * gradient[row];
      if (own < least) least = own;
      if (own >= gain) continue;
      const decrease = (gain - own) ** 2 / curvatureOf(first, row);
      if (decrease > most) [best, most] = [row, decrease];
    }
    return gain - least < TOLERANCE ? -1 : best;
  }

  function curvatureOf(a: number, b: number): number {
    return Math.max(LEAST_CURVATURE, kernel[a * rows + a] + kernel[b * rows + b] - 2 * kernel[a * rows + b]);
  }

  /** Raises the factor of the first row and lowers that of the second by the same, until the best place or a bound. */
  function moveAlong(first: number, second: number): void {
    const slope = sides[second] * gradient[second] - sides[first] * gradient[first];
    const roomOfFirst = sides[first] > 0 ? bounds[first] - alphas[first] : alphas[first];
    const roomOfSecond = sides[second] > 0 ? alphas[second] : bounds[second] - alphas[second];
    const length = Math.min(slope / curvatureOf(first, second), roomOfFirst, roomOfSecond);
    setAlpha(first, length === roomOfFirst, length);
    setAlpha(second, length === roomOfSecond, -length);
    for (let row = 0; row < rows; row++) {
      gradient[row] += sides[row] * length * (kernel[first * rows + row] - kernel[second * rows + row]);
    }
  }

  /** Exactly at its bound where it ends there: otherwise a rest of the arithmetic would be chosen again and again. */
  function setAlpha(row: number, isAtBound: boolean, change: number): void {
    const moved = sides[row] * change;
    if (isAtBound) alphas[row] = moved > 0 ? bounds[row] : 0;
    else alphas[row] += moved;
  }

  /** The mean of what the rows on the margin ask for; without one the middle of what the others allow. */
  function biasOf(): number {
    let [sum, free, low, high] = [0, 0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let row = 0; row < rows; row++) {
      const asked = -sides[row] * gradient[row];
      if (canRise(row) && canFall(row)) [sum, free] = [sum + asked, free + 1];
      else if (canRise(row)) low = Math.max(low, asked);
      else high = Math.min(high, asked);
    }
    if (free > 0) return sum / free;
    return (low + high) / 2;
  }
}

import type { Matrix } from "../matrix.ts";
import type { Random } from "../random.ts";
import type { FuzzyGraph } from "./fuzzy-graph.ts";

/** Of the curve 1 / (1 + a · d^2b) that likeness on the map follows: umap-learn's fit for points at least 0.1 apart, spread 1. */
const [A, B] = [1.5769434604, 0.8950608779];
/** Rows that are pushed away for one that is drawn nearer. */
const PUSHED = 5;
/** No step is larger, in each direction. */
const LARGEST_STEP = 4;
/** Keeps what lies on one place from being pushed without end. */
const SOFTENING = 1e-3;

export interface LayoutOptions {
  readonly epochs: number;
  readonly random: Random;
  readonly onEpoch?: ((done: number) => void) | undefined;
}

/**
 * Moves points so that those with an edge come together and others apart: UMAP's stochastic gradient descent (McInnes, Healy and
 * Melville 2018, algorithm 5), an edge the more often the larger its weight.
 * @param start [rows, 2] @returns [rows, 2]
 */
export function layOut(graph: FuzzyGraph, start: Matrix, { epochs, random, onEpoch }: LayoutOptions): Matrix {
  const { rows, heads, tails, weights } = graph;
  const points = Float64Array.from(start.values);
  const strongest = weights.reduce((a, b) => Math.max(a, b), 0);
  const period = Float64Array.from(weights, (weight) => strongest / weight);
  const next = period.slice();
  const nextPush = period.map((one) => one / PUSHED);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const rate = 1 - epoch / epochs;
    for (let edge = 0; edge < heads.length; edge++) {
      if (next[edge] > epoch || period[edge] > epochs) continue; // so weak that its turn never comes
      const [head, tail] = [2 * heads[edge], 2 * tails[edge]];
      pull(points, head, tail, rate);
      next[edge] += period[edge];
      const pushes = Math.floor((epoch - nextPush[edge]) / (period[edge] / PUSHED));
      for (let i = 0; i < pushes; i++) push(points, head, 2 * Math.floor(random() * rows), rate);
      nextPush[edge] += pushes * (period[edge] / PUSHED);
    }
    onEpoch?.(epoch + 1);
  }
  return { rows, columns: 2, values: Float32Array.from(points) };
}

function pull(points: Float64Array, head: number, tail: number, rate: number): void {
  const square = squaredDistance(points, head, tail);
  if (square === 0) return;
  const power = square ** B;
  const factor = (-2 * A * B * power) / (square * (A * power + 1));
  for (let i = 0; i < 2; i++) {
    const step = rate * clip(factor * (points[head + i] - points[tail + i]));
    points[head + i] += step;
    points[tail + i] -= step;
  }
}

function push(points: Float64Array, head: number, other: number, rate: number): void {
  const square = squaredDistance(points, head, other);
  if (square === 0) return;
  const factor = (2 * B) / ((SOFTENING + square) * (A * square ** B + 1));
  for (let i = 0; i < 2; i++) points[head + i] += rate * clip(factor * (points[head + i] - points[other + i]));
}

function squaredDistance(points: Float64Array, a: number, b: number): number {
  return (points[a] - points[b]) ** 2 + (points[a + 1] - points[b + 1]) ** 2;
}

function clip(step: number): number {
  return Math.max(-LARGEST_STEP, Math.min(LARGEST_STEP, step));
}

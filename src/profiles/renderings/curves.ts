import { type LookupTable, lookUp } from "../../formats/dicom/lookup-table.ts";
import { type MonochromeFrame, toMeasure, type Window } from "../../formats/dicom/monochrome-frame.ts";
import type { Curve } from "./renderings.ts";
import { valuesAtRanks } from "./values-at-ranks.ts";

/** Values of up to so many bits are counted instead of put in order. */
const MAX_COUNTED_BITS = 16;

/** PS3.3 C.11.2.1.2 and C.11.2.1.3, for an output from 0 to 1. */
const WINDOW_CURVES = {
  LINEAR:
    ({ center, width }) =>
    (x) =>
      // C.11.2.1.2.1: a width of 1 is a step; the formula would divide by zero there.
      width === 1 ? (x > center - 0.5 ? 1 : 0) : clamp((x - (center - 0.5)) / (width - 1) + 0.5),
  LINEAR_EXACT:
    ({ center, width }) =>
    (x) =>
      clamp((x - center) / width + 0.5),
  SIGMOID:
    ({ center, width }) =>
    (x) =>
      1 / (1 + Math.exp((-4 * (x - center)) / width)),
} as const satisfies Record<Window["shape"], (window: Window) => Curve>;

export function windowCurve(window: Window): Curve {
  return WINDOW_CURVES[window.shape](window);
}

/** PS3.3 C.11.2.1.1. */
export function tableCurve(table: LookupTable): Curve {
  const highest = 2 ** table.bits - 1;
  return (x) => clamp(lookUp(table, x) / highest);
}

/** A straight line; where both ends are one, all below and at it is black. */
export function ramp(low: number, high: number): Curve {
  return (x) => (high > low ? clamp((x - low) / (high - low)) : x > high ? 1 : 0);
}

/** What the lowest and the highest value measure, padding apart; nothing but padding measures 0. */
export function minMax(frame: MonochromeFrame): [low: number, high: number] {
  const { modality } = frame;
  const isPadding = paddingOf(frame);
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const stored of frame.bitsStored <= MAX_COUNTED_BITS ? countValues(frame).keys() : frame.values) {
    if (isPadding(stored)) continue;
    const measure = toMeasure(modality, stored);
    if (measure < low) low = measure;
    if (measure > high) high = measure;
  }
  return low <= high ? [low, high] : [0, 0];
}

/** Percentiles of what is measured, padding apart; between two values in proportion, as numpy does by default. */
export function percentiles(frame: MonochromeFrame, ...percents: [number, number]): [low: number, high: number] {
  const { count, atRanks } = frame.bitsStored <= MAX_COUNTED_BITS ? rankCounted(frame) : rankMany(frame);
  if (count === 0) return [0, 0];
  const positions = percents.map((percent) => (count - 1) * (percent / 100));
  const ranks = positions.map(Math.floor).flatMap((rank) => [rank, Math.min(rank + 1, count - 1)]);
  const [a, b, c, d] = atRanks(ranks);
  const [first, second] = positions.map((position) => position % 1);
  return [between(a, b, first), between(c, d, second)];
}

/** numpy's own order of operations, from the nearer end. */
function between(below: number, above: number, share: number): number {
  return share < 0.5 ? below + (above - below) * share : above - (above - below) * (1 - share);
}

interface Ranked {
  readonly count: number;
  /** What is measured at some ranks from 0, were all in order. */
  readonly atRanks: (ranks: readonly number[]) => number[];
}

function rankCounted(frame: MonochromeFrame): Ranked {
  const isPadding = paddingOf(frame);
  const kept = Array.from(countValues(frame), ([value, count]) => ({ value, count }))
    .filter(({ value }) => !isPadding(value))
    .map(({ value, count }) => ({ measure: toMeasure(frame.modality, value), count }))
    .sort((a, b) => a.measure - b.measure);
  const atRank = (rank: number) => {
    let seen = 0;
    for (const { measure, count } of kept) {
      seen += count;
      if (rank < seen) return measure;
    }
    throw new Error(`rank ${rank} of ${seen}`);
  };
  return { count: kept.reduce((sum, { count }) => sum + count, 0), atRanks: (ranks) => ranks.map(atRank) };
}

function rankMany(frame: MonochromeFrame): Ranked {
  const isPadding = paddingOf(frame);
  const visit = (see: (measure: number) => void) => {
    for (const stored of frame.values) if (!isPadding(stored)) see(toMeasure(frame.modality, stored));
  };
  let count = 0;
  visit(() => count++);
  return { count, atRanks: (ranks) => valuesAtRanks(visit, ranks) };
}

/** Which stored values there are, and how many pixels have each. */
function countValues({ values, bitsStored, isSigned }: MonochromeFrame): Map<number, number> {
  const mask = 2 ** bitsStored - 1;
  const counts = new Uint32Array(mask + 1);
  for (let i = 0; i < values.length; i++) counts[values[i] & mask]++;
  const highest = isSigned ? mask >> 1 : mask;
  const found = new Map<number, number>();
  for (const [bits, count] of counts.entries())
    if (count > 0) found.set(bits > highest ? bits - mask - 1 : bits, count);
  return found;
}

/** Whether a stored value is no part of the picture: PS3.3 C.7.5.1.1.2, and of floats what is no number. */
export function paddingOf({ padding }: MonochromeFrame): (stored: number) => boolean {
  if (!padding) return (stored) => !Number.isFinite(stored);
  const [low, high] = padding;
  return (stored) => stored >= low && stored <= high;
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}

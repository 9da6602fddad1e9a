import { MedembedError } from "../../errors.ts";
import type { PixelArray, Samples } from "../../image.ts";
import { type Given, onlyOneOf, readNumbers, readSwitch } from "./options.ts";
import { quantiles } from "./quantiles.ts";
import { extremes, numbersOf, type Range, stretch } from "./stretch.ts";

interface LevelsKind {
  readonly read: (given: Given) => Range;
  /** What becomes black and what becomes white. */
  readonly range: (data: Samples, values: Range) => Range;
}

/** The toolkit's ways to 8 bits, which exclude each other. */
const LEVELS = {
  percentiles: {
    read: readShares,
    range: (data, shares) => quantiles(data, shares.map(throughPercent)) as [number, number],
  },
  window: { read: readWindow, range: (_, [center, width]) => [center - width / 2, center + width / 2] },
  minMax: { read: (given) => ascending("minMax", readNumbers(given, "minMax", TWO)), range: (_, range) => range },
  fullRange: { read: readFullRange, range: extremes },
} as const satisfies Record<string, LevelsKind>;

type LevelsName = keyof typeof LEVELS;

export const LEVELS_NAMES = Object.keys(LEVELS) as LevelsName[];

/** A way to 8 bits with its two numbers. */
export interface Levels {
  readonly name: LevelsName;
  readonly values: Range;
}

const TWO = { counts: [2], min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };

export const DEFAULT_LEVELS: Levels = { name: "percentiles", values: [0.01, 0.99] };

/** What was asked for, if anything was. @throws MedembedError "usage" */
export function readLevels(given: Given): Levels | undefined {
  const name = onlyOneOf(given, LEVELS_NAMES);
  return name && { name, values: LEVELS[name].read(given) };
}

export function levelsId({ name, values: [first, second] }: Levels): string {
  if (name === "fullRange") return "fullRange=1";
  return name === "percentiles" && second === 1 - first ? `percentiles=${first}` : `${name}=${first},${second}`;
}

/**
 * The toolkit's `normalize_image_to_uint8`: pictures of 8 bits stay as they are, and where the range is empty, or a number is none, all
 * is black.
 */
export function stretchAsToolkit({ data }: PixelArray, levels: Levels): Uint8Array {
  if (data instanceof Uint8Array) return data;
  return stretch(data, LEVELS[levels.name].range(data, levels.values));
}

/**
 * The same for every picture, whatever the bits it has: by what was asked for, else by its own window, else by the default. Where
 * that is one value only, from the lowest to the highest sample. Inverted pictures are turned over.
 */
export function stretchAsMeant({ data, window, isInverted }: PixelArray, asked: Levels | undefined): Uint8Array {
  const levels = asked ?? (window ? { name: "window" as const, values: window } : DEFAULT_LEVELS);
  const numbers = numbersOf(data);
  const range = LEVELS[levels.name].range(numbers, levels.values);
  const stretched = stretch(data, range[0] < range[1] ? range : extremes(numbers));
  return isInverted ? stretched.map((light) => 255 - light) : stretched;
}

function readShares(given: Given): Range {
  const [low, high = 1 - low] = readNumbers(given, "percentiles", { counts: [1, 2], min: 0, max: 1 });
  return ascending("percentiles", [low, high]);
}

function readWindow(given: Given): Range {
  const [center, width] = readNumbers(given, "window", TWO);
  if (!(width > 0)) throw new MedembedError("usage", "window needs a center and a width above 0");
  return [center, width];
}

function readFullRange(given: Given): Range {
  if (!readSwitch(given, "fullRange")) throw new MedembedError("usage", "fullRange is 1 or left out");
  return [0, 0];
}

function ascending(option: string, [low, high]: readonly number[]): Range {
  if (!(low < high)) throw new MedembedError("usage", `${option} needs two numbers, the lower one first`);
  return [low, high];
}

/** NumPy is asked for percents, and divides again. */
function throughPercent(share: number): number {
  return (share * 100) / 100;
}

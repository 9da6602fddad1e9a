import { COLOURS } from "./scatter.ts";

/** One colour and what it stands for. */
export interface LegendEntry {
  readonly name: string;
  readonly colour: number;
  readonly points: readonly number[];
}

/** The most frequent values get colours of their own, what is rarer shares the last with what is not known. */
export function legendOf(values: readonly string[], value: readonly number[], rest: string): LegendEntry[] {
  const points = values.map((): number[] => []);
  for (const [i, place] of value.entries()) points[place].push(i);
  const named = values
    .map((name, place) => ({ name, points: points[place] }))
    .filter(({ name }) => name !== "")
    .sort((a, b) => b.points.length - a.points.length);
  const own = named.slice(0, COLOURS.length - 1).map((entry, colour) => ({ ...entry, colour }));
  const kept = new Set(own.map(({ name }) => name));
  const others = value.flatMap((place, i) => (kept.has(values[place]) ? [] : [i]));
  return others.length === 0 ? own : [...own, { name: rest, colour: COLOURS.length - 1, points: others }];
}

/** @returns [points, 3], from 0 to 1 */
export function coloursOf(legend: readonly LegendEntry[], count: number): Float32Array {
  const colours = new Float32Array(3 * count);
  for (const { colour, points } of legend) {
    const rgb = [1, 3, 5].map((start) => Number.parseInt(COLOURS[colour].slice(start, start + 2), 16) / 255);
    for (const i of points) {
      for (let channel = 0; channel < 3; channel++) colours[3 * i + channel] = rgb[channel];
    }
  }
  return colours;
}

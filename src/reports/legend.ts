import { type Markup, markup } from "./markup.ts";

export interface LegendEntry {
  readonly text: string;
  /** SVG, drawn around (0, 0), 16 pixels wide. */
  readonly key: Markup;
}

const LINE = 19;

/** Entries below one another, at the right of a plot. */
export function legend(entries: readonly LegendEntry[], left: number, top: number): Markup {
  return markup`${entries.map(
    ({ text, key }, i) =>
      markup`<g transform="translate(${left + 10} ${top + 8 + i * LINE})">${key}<text x="16" y="4">${shortened(text)}</text></g>\n`,
  )}`;
}

export function legendHeight(entries: number): number {
  return entries * LINE + 12;
}

/** Longer names would leave no room for the plot. */
const MAX_CHARACTERS = 32;

/** A name as a plot can show it; tables have it whole. */
export function shortened(name: string, most = MAX_CHARACTERS): string {
  return name.length <= most ? name : `${name.slice(0, most - 1)}…`;
}

/** Letters that need more room than others. */
const WIDE = /[A-Zmw@%]/g;

/** What a text needs at most, in pixels: no font is asked, so it is a little more than it will be. */
export function textWidth(text: string): number {
  const wide = text.match(WIDE)?.length ?? 0;
  return Math.ceil(text.length * 6.6 + wide * 2.8);
}

/** A legend's width with its keys. */
export function legendWidth(texts: readonly string[]): number {
  return 32 + Math.max(0, ...texts.map((text) => textWidth(shortened(text))));
}

import { type Markup, markup } from "./markup.ts";

/** Shapes differ, since colours alone are not seen by all. */
const SHAPES = [
  "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z",
  "M0-6L6 0 0 6-6 0z",
  "M0-6L6 5H-6z",
  "M-5-5H5V5H-5z",
  "M0 6L6-5H-6z",
] as const;

/** The i-th of the marks for points that stand out, around (0, 0) in the colour of what is around it. */
export function markSymbol(i: number): Markup {
  return markup`<path class="mark" d="${SHAPES[i % SHAPES.length]}"/>`;
}

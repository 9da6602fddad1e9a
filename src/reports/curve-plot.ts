import { type Axis, axisAround, pixel, plane } from "./axes.ts";
import { colourClass } from "./colours.ts";
import { digits } from "./digits.ts";
import { figure } from "./figure.ts";
import { legend, legendHeight, legendWidth } from "./legend.ts";
import { markSymbol } from "./mark-symbol.ts";
import { type Markup, markup } from "./markup.ts";

/** A line through points, in their order. */
interface Curve {
  readonly name: string;
  /** [points]; a point with NaN breaks the line. */
  readonly x: ArrayLike<number>;
  /** [points] */
  readonly y: ArrayLike<number>;
  /** E.g. what chance would give. It has no colour of its own and no rows in the table. */
  readonly isGuide?: boolean;
}

/** A point to be seen, e.g. a threshold that was chosen. */
interface Mark {
  /** What it is; marks of one name have one shape, whatever curve they are of. */
  readonly name: string;
  readonly x: number;
  readonly y: number;
  /** Of which curve it is. Default: the first. */
  readonly curve?: string | undefined;
}

export interface CurvePlot {
  readonly title: string;
  readonly description: string;
  readonly curves: readonly Curve[];
  readonly marks?: readonly Mark[];
  /** Default: around all points. */
  readonly x: Axis | string;
  readonly y: Axis | string;
  /** Whether both axes have the same scale. Default: false, wider than high. */
  readonly isSquare?: boolean;
}

/** Curves, e.g. a loss per epoch, with points of theirs that stand out. */
export function curvePlot({ title, description, curves, marks = [], x, y, isSquare = false }: CurvePlot): Markup {
  const [width, height] = isSquare ? [300, 300] : [360, 240];
  const along = (axis: "x" | "y") =>
    [...curves, ...marks].flatMap((one) => (typeof one[axis] === "number" ? [one[axis]] : Array.from(one[axis])));
  const horizontal = typeof x === "string" ? axisAround(x, along("x"), 0) : x;
  const vertical = typeof y === "string" ? axisAround(y, along("y")) : y;
  const area = plane({ left: 58, top: 10, width, height }, horizontal, vertical);
  const place = along("x").every(Number.isInteger) ? String : digits; // epochs are whole numbers
  const shown = curves.filter(({ isGuide }) => !isGuide);
  const colours = new Map(shown.map(({ name }, i) => [name, colourClass(i)]));
  const colourOfMark = ({ curve }: Mark) => colours.get(curve ?? shown[0]?.name) ?? colourClass(0);
  const kinds = [...new Set(marks.map(({ name }) => name))];
  const entries = [
    ...curves.map(({ name }) => ({ text: name, key: lineKey(colours.get(name)) })),
    ...kinds.map((name, i) => ({ text: name, key: markup`<g transform="translate(4 0)">${markSymbol(i)}</g>` })),
  ];
  return figure({
    title,
    description,
    width: 58 + width + legendWidth(entries.map(({ text }) => text)),
    height: Math.max(10 + height + 44, legendHeight(entries.length) + 10),
    drawing: markup`${area.axes}
${curves.map((curve) => {
  const path = pathThrough(curve, area.x, area.y);
  return curve.isGuide
    ? markup`<path class="axis dashed" d="${path}"/>`
    : markup`<path class="curve ${colours.get(curve.name)}" d="${path}"/>`;
})}
${marks.map((mark) => markup`<g class="${colourOfMark(mark)}" transform="translate(${area.x(mark.x)} ${area.y(mark.y)})">${markSymbol(kinds.indexOf(mark.name))}<title>${nameOfMark(mark)}</title></g>`)}
${legend(entries, 58 + width + 8, 10)}`,
    numbers: {
      head: ["curve", horizontal.label, vertical.label],
      rows: [
        ...marks.map((mark) => [nameOfMark(mark), digits(mark.x), digits(mark.y)]),
        ...shown.flatMap((curve) => sampleOf(curve).map((i) => [curve.name, place(curve.x[i]), digits(curve.y[i])])),
      ],
    },
  });
}

function nameOfMark({ name, curve }: Mark): string {
  return curve === undefined ? name : `${curve}: ${name}`;
}

function lineKey(colour: string | undefined): Markup {
  return colour === undefined
    ? markup`<path class="axis dashed" d="M-4 0H12"/>`
    : markup`<path class="curve ${colour}" d="M-4 0H12"/>`;
}

/** A path without the points that lie on one that is drawn already: a curve of a million points is as large as the screen. */
function pathThrough({ x, y }: Curve, toX: (value: number) => number, toY: (value: number) => number): string {
  let path = "";
  let last: readonly [number, number] | undefined;
  for (let i = 0; i < x.length; i++) {
    const [left, top] = [toX(x[i]), toY(y[i])];
    if (!Number.isFinite(left + top)) {
      last = undefined;
      continue;
    }
    const isEnd = i === x.length - 1;
    if (last && !isEnd && Math.abs(left - last[0]) < 0.5 && Math.abs(top - last[1]) < 0.5) continue;
    path += `${last ? "L" : "M"}${pixel(left)} ${pixel(top)}`;
    last = [left, top];
  }
  return path;
}

/** As many rows of numbers as somebody reads. */
const MAX_ROWS = 30;

function sampleOf({ x }: Curve): number[] {
  if (x.length <= MAX_ROWS) return Array.from(x, (_, i) => i);
  return Array.from({ length: MAX_ROWS }, (_, i) => Math.round((i * (x.length - 1)) / (MAX_ROWS - 1)));
}

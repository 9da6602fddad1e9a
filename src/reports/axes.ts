import { type Markup, markup } from "./markup.ts";

/** One direction of a plot. */
export interface Axis {
  readonly label: string;
  readonly from: number;
  readonly to: number;
}

/** Where the data of a plot lie within its figure, in pixels. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A frame with its axes: what turns data into pixels. */
export interface Plane {
  readonly frame: Frame;
  x(value: number): number;
  y(value: number): number;
  /** Grid lines, numbers and labels. */
  readonly axes: Markup;
}

export function plane(frame: Frame, horizontal: Axis, vertical: Axis): Plane {
  const { left, top, width, height } = frame;
  const x = (value: number) => pixel(left + ((value - horizontal.from) / (horizontal.to - horizontal.from)) * width);
  const y = (value: number) => pixel(top + height - ((value - vertical.from) / (vertical.to - vertical.from)) * height);
  const bottom = top + height;
  const columns = ticks(horizontal).map(
    (tick) =>
      markup`<path class="grid" d="M${x(tick.value)} ${top}V${bottom}"/><text class="quiet" x="${x(tick.value)}" y="${bottom + 16}" text-anchor="middle">${tick.text}</text>`,
  );
  const rows = ticks(vertical).map(
    (tick) =>
      markup`<path class="grid" d="M${left} ${y(tick.value)}H${left + width}"/><text class="quiet" x="${left - 6}" y="${y(tick.value) + 4}" text-anchor="end">${tick.text}</text>`,
  );
  const middle = pixel(top + height / 2);
  return {
    frame,
    x,
    y,
    axes: markup`${columns}${rows}<path class="axis" d="M${left} ${top}V${bottom}H${left + width}"/>
<text x="${pixel(left + width / 2)}" y="${bottom + 34}" text-anchor="middle">${horizontal.label}</text>
<text x="14" y="${middle}" text-anchor="middle" transform="rotate(-90 14 ${middle})">${vertical.label}</text>`,
  };
}

const WANTED_TICKS = 5;
/** What people count by. */
const STEPS = [1, 2, 5, 10] as const;

/** Round numbers within an axis, as they are written; none where it has no length. */
export function ticks({ from, to }: Pick<Axis, "from" | "to">): { readonly value: number; readonly text: string }[] {
  if (!(to > from)) return [];
  const rough = (to - from) / WANTED_TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (STEPS.find((one) => one * power >= rough * (1 - 1e-9)) ?? 10);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const first = Math.ceil(from / step - 1e-9);
  const count = Math.floor(to / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, i) => {
    const value = (first + i) * step;
    return {
      value,
      text: decimals > 6 || Math.abs(value) >= 1e6 ? value.toPrecision(3) : (value + 0).toFixed(decimals),
    };
  });
}

/** An axis that holds all these values, with a little room; one unit where they are all the same. NaN and infinite ones do not count. */
export function axisAround(label: string, values: Iterable<number>, room = 0.04): Axis {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    from = Math.min(from, value);
    to = Math.max(to, value);
  }
  if (from > to) return { label, from: 0, to: 1 };
  if (from === to) return { label, from: from - 0.5, to: to + 0.5 };
  const margin = (to - from) * room;
  return { label, from: from - margin, to: to + margin };
}

/** A tenth of a pixel: what nobody sees needs no room in the file. */
export function pixel(value: number): number {
  return Math.round(value * 10) / 10;
}

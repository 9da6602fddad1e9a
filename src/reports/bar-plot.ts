import { axisAround, pixel, plane } from "./axes.ts";
import { colourClass } from "./colours.ts";
import { digits } from "./digits.ts";
import { figure } from "./figure.ts";
import { legend, legendHeight, legendWidth, shortened, textWidth } from "./legend.ts";
import { type Markup, markup } from "./markup.ts";

/** A bar, with the ends of an interval if it has one. */
interface Bar {
  readonly name: string;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  /** Its colour, e.g. before and after; bars of one name stay together in the order given. */
  readonly kind?: string;
}

export interface BarPlot {
  readonly title: string;
  /** What the values are. */
  readonly label: string;
  readonly bars: readonly Bar[];
  /** Default: from 0 as far as the bars and intervals go. */
  readonly range?: readonly [from: number, to: number];
}

const [TOP, WIDTH, STEP] = [10, 400, 26] as const;

/** Horizontal bars with their intervals and values. A value of NaN has no bar, and says so. */
export function barPlot({ title, label, bars, range }: BarPlot): Markup {
  const names = bars.map(({ name }) => shortened(name));
  const left = 24 + Math.max(40, ...names.map(textWidth));
  const around = axisAround(
    label,
    [0, ...bars.flatMap(({ value, low = value, high = value }) => [value, low, high])],
    0,
  );
  const [from, to] = range ?? [around.from, around.to];
  const height = bars.length * STEP;
  const area = plane({ left, top: TOP, width: WIDTH, height }, { label, from, to }, { label: "", from: 0, to: 0 });
  const kinds = [...new Set(bars.map(({ kind }) => kind ?? ""))];
  const origin = area.x(Math.max(from, Math.min(to, 0)));
  const drawn = bars.map(({ name, value, low, high, kind = "" }, i) => {
    const top = TOP + i * STEP;
    const middle = top + STEP / 2;
    const colour = colourClass(kinds.indexOf(kind));
    const isNamed = i === 0 || bars[i - 1].name !== name;
    const written = markup`${isNamed && markup`<text x="${left - 8}" y="${middle + 4}" text-anchor="end">${names[i]}</text>`}<text x="${left + WIDTH + 10}" y="${middle + 4}">${digits(value)}</text>`;
    if (Number.isNaN(value)) return written;
    const end = area.x(value);
    const hasInterval = low !== undefined && high !== undefined && !Number.isNaN(low + high);
    return markup`${written}<rect class="filled ${colour}" fill-opacity="0.75" x="${Math.min(origin, end)}" y="${top + 4}" width="${pixel(Math.abs(end - origin))}" height="${STEP - 8}"><title>${name}: ${digits(value)}</title></rect>
${hasInterval && markup`<path class="axis" stroke-width="1.5" d="M${area.x(low)} ${middle}H${area.x(high)}M${area.x(low)} ${middle - 4}v8M${area.x(high)} ${middle - 4}v8"/>`}`;
  });
  const entries = kinds
    .filter((kind) => kind !== "")
    .map((text, i) => ({
      text,
      key: markup`<rect class="filled ${colourClass(i)}" fill-opacity="0.75" x="-2" y="-6" width="12" height="12"/>`,
    }));
  return figure({
    title,
    description: `Horizontal bars of ${label}, ${bars.length} of them; lines on them are intervals.`,
    width: left + WIDTH + 60 + (entries.length > 0 ? legendWidth(kinds) : 0),
    height: Math.max(TOP + height + 44, legendHeight(entries.length)),
    drawing: markup`${area.axes}${drawn}${legend(entries, left + WIDTH + 56, TOP)}`,
    numbers: {
      head: ["name", ...(entries.length > 0 ? ["kind"] : []), label, "low", "high"],
      rows: bars.map(({ name, kind = "", value, low = Number.NaN, high = Number.NaN }) => [
        name,
        ...(entries.length > 0 ? [kind] : []),
        ...[value, low, high].map(digits),
      ]),
    },
  });
}

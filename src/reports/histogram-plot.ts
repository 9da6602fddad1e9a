import { axisAround, plane } from "./axes.ts";
import { colourClass } from "./colours.ts";
import { digits } from "./digits.ts";
import { figure } from "./figure.ts";
import { legend, legendHeight, legendWidth } from "./legend.ts";
import { markSymbol } from "./mark-symbol.ts";
import { type Markup, markup } from "./markup.ts";

export interface HistogramPlot {
  readonly title: string;
  /** What the scores are. */
  readonly label: string;
  readonly classes: readonly { readonly name: string; readonly scores: ArrayLike<number> }[];
  readonly thresholds?: readonly { readonly name: string; readonly value: number }[];
  /** Of the scores. Default: as far as they go. */
  readonly range?: readonly [from: number, to: number];
  readonly bins?: number;
}

const [LEFT, TOP, WIDTH, HEIGHT] = [58, 18, 360, 220] as const;
/** Bars of several classes lie over one another. */
const OPACITY = 0.5;

/** How many of each class have which score, bars before one another, with the thresholds that divide them. Scores of NaN or infinity are in no bar. */
export function histogramPlot({ title, label, classes, thresholds = [], range, bins = 30 }: HistogramPlot): Markup {
  const all = classes.flatMap(({ scores }) => Array.from(scores));
  const around = axisAround(label, [...all, ...thresholds.map(({ value }) => value)], 0);
  const [from, to] = range ?? [around.from, around.to];
  const counts = classes.map(({ scores }) => countBins(scores, { from, to, bins }));
  const tallest = Math.max(1, ...counts.flat());
  const area = plane(
    { left: LEFT, top: TOP, width: WIDTH, height: HEIGHT },
    { label, from, to },
    { label: "count", from: 0, to: tallest * 1.05 },
  );
  const edge = (bin: number) => from + ((to - from) * bin) / bins;
  const bars = counts.map(
    (own, i) =>
      markup`<path class="filled ${colourClass(i)}" fill-opacity="${OPACITY}" d="${own.map((count, bin) => (count === 0 ? "" : `M${area.x(edge(bin))} ${area.y(0)}V${area.y(count)}H${area.x(edge(bin + 1))}V${area.y(0)}z`)).join("")}"/>`,
  );
  const lines = thresholds.map(({ name, value }, i) => {
    if (!(value >= from && value <= to)) return undefined;
    return markup`<path class="axis dashed" d="M${area.x(value)} ${TOP}V${area.y(0)}"/><g transform="translate(${area.x(value)} ${TOP - 8})">${markSymbol(i)}<title>${name} ${digits(value)}</title></g>`;
  });
  const kinds = classes.map(({ name }, i) => ({
    text: name,
    key: markup`<rect class="filled ${colourClass(i)}" fill-opacity="${OPACITY}" x="-2" y="-6" width="12" height="12"/>`,
  }));
  const marks = thresholds.map(({ name, value }, i) => ({
    text: `${name} ${digits(value)}`,
    key: markup`<g transform="translate(4 0)">${markSymbol(i)}</g>`,
  }));
  const entries = [...kinds, ...marks];
  return figure({
    title,
    description: `Histogram of ${label} with ${bins} bins, for ${classes.map(({ name, scores }) => `${name} (${scores.length})`).join(", ")}.`,
    width: LEFT + WIDTH + legendWidth(entries.map(({ text }) => text)),
    height: Math.max(TOP + HEIGHT + 44, legendHeight(entries.length) + TOP),
    drawing: markup`${area.axes}${bars}${lines}${legend(entries, LEFT + WIDTH + 8, TOP)}`,
    numbers: {
      head: [`${label} from`, "to", ...classes.map(({ name }) => name)],
      rows: Array.from({ length: bins }, (_, bin) => [
        digits(edge(bin)),
        digits(edge(bin + 1)),
        ...counts.map((own) => own[bin]),
      ]),
    },
  });
}

/** The last bin holds its end, too. */
function countBins(
  scores: ArrayLike<number>,
  { from, to, bins }: { from: number; to: number; bins: number },
): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (let i = 0; i < scores.length; i++) {
    if (!(scores[i] >= from && scores[i] <= to)) continue;
    counts[Math.min(bins - 1, Math.floor(((scores[i] - from) / (to - from)) * bins))]++;
  }
  return counts;
}

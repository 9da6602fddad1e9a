import { axisAround, plane } from "./axes.ts";
import { COLOURS, colourClass } from "./colours.ts";
import { digits } from "./digits.ts";
import { figure } from "./figure.ts";
import { legend, legendHeight, legendWidth } from "./legend.ts";
import { type Markup, markup } from "./markup.ts";

export interface ScatterPlot {
  readonly title: string;
  readonly description: string;
  readonly points: readonly {
    readonly x: number;
    readonly y: number;
    /** Its colour and shape; the largest groups have their own, see MAX_GROUPS. */
    readonly group: string;
    /** Shown when the pointer rests on it. */
    readonly name?: string;
  }[];
  /** Whose directions mean something, as those of PCA. Default: none, as of a map. */
  readonly axes?: readonly [x: string, y: string];
  /** The order of the groups. Default: the largest first. */
  readonly groups?: readonly string[];
}

/** More colours than these cannot be told apart: the smallest groups are "others". */
const MAX_GROUPS = COLOURS.length;
const OTHERS = "others";

const [TOP, WIDTH, HEIGHT] = [10, 620, 520] as const;

/** Shapes differ too, since colours alone are not seen by all. Each is a path around the point where it starts. */
const SHAPES = [
  (r: number) => `m${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0${-2 * r} 0z`,
  (r: number) => `m0${-1.2 * r}l${1.2 * r} ${1.2 * r}${-1.2 * r} ${1.2 * r}${-1.2 * r}${-1.2 * r}z`,
  (r: number) => `m0${-1.2 * r}l${1.2 * r} ${2.1 * r}h${-2.4 * r}z`,
  (r: number) => `m${-0.9 * r}${-0.9 * r}h${1.8 * r}v${1.8 * r}h${-1.8 * r}z`,
  (r: number) => `m${-1.2 * r}${-0.8 * r}h${2.4 * r}l${-1.2 * r} ${2.1 * r}z`,
] as const;

/** Points on a plane, e.g. a map of vectors, in the colours and shapes of their groups. */
export function scatterPlot({ title, description, points, axes, groups }: ScatterPlot): Markup {
  const shown = groupsOf(points, groups);
  const ofGroup = (name: string) => (shown.includes(name) ? shown.indexOf(name) : MAX_GROUPS - 1);
  const [x, y] = (["x", "y"] as const).map((axis, i) =>
    axisAround(
      axes?.[i] ?? "",
      points.map((point) => point[axis]),
    ),
  );
  const left = axes ? 58 : 4;
  const area = plane({ left, top: TOP, width: WIDTH, height: HEIGHT }, x, y);
  const radius = points.length > 5_000 ? 2 : points.length > 500 ? 3 : 4;
  const marks = points.map(({ x, y, group, name }) => {
    const i = ofGroup(group);
    return markup`<path class="filled ${colourClass(i)}" d="M${area.x(x)} ${area.y(y)}${SHAPES[i % SHAPES.length](radius)}"><title>${name === undefined ? group : `${name}: ${group}`}</title></path>\n`;
  });
  const counts = shown.map((name) => points.filter(({ group }) => shown[ofGroup(group)] === name).length);
  const entries = shown.map((name, i) => ({
    text: name,
    key: markup`<path class="filled ${colourClass(i)}" d="M4 0${SHAPES[i % SHAPES.length](5)}"/>`,
  }));
  return figure({
    title,
    description,
    width: left + WIDTH + legendWidth(shown),
    height: Math.max(TOP + HEIGHT + (axes ? 44 : 6), legendHeight(shown.length) + TOP),
    drawing: markup`${axes ? area.axes : markup`<rect class="grid" x="${left}" y="${TOP}" width="${WIDTH}" height="${HEIGHT}"/>`}<g fill-opacity="0.75">${marks}</g>${legend(entries, left + WIDTH + 8, TOP)}`,
    numbers: {
      head: ["group", "points", "middle x", "middle y"],
      rows: shown.map((name, i) => {
        const own = points.filter(({ group }) => ofGroup(group) === i);
        const mean = (axis: "x" | "y") => own.reduce((sum, point) => sum + point[axis], 0) / own.length;
        return [name, counts[i], digits(mean("x")), digits(mean("y"))];
      }),
    },
  });
}

function groupsOf(points: ScatterPlot["points"], order?: readonly string[]): string[] {
  const counts = new Map<string, number>((order ?? []).map((name) => [name, 0]));
  for (const { group } of points) counts.set(group, (counts.get(group) ?? 0) + 1);
  const names = [...counts.keys()];
  const sorted = order
    ? names
    : names.sort((a, b) => counts.get(b)! - counts.get(a)! || a.localeCompare(b, "en", { numeric: true }));
  return sorted.length <= MAX_GROUPS ? sorted : [...sorted.slice(0, MAX_GROUPS - 1), OTHERS];
}

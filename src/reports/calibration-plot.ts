import { pixel, plane } from "./axes.ts";
import { digits } from "./digits.ts";
import { figure } from "./figure.ts";
import { type Markup, markup } from "./markup.ts";

export interface CalibrationPlot {
  readonly title: string;
  /** By rising probability; empty ones are not drawn. */
  readonly bins: readonly {
    readonly low: number;
    readonly high: number;
    readonly count: number;
    readonly meanProbability: number;
    /** The share that was positive, or right. */
    readonly observed: number;
  }[];
}

const [LEFT, TOP, SIDE, BARS] = [58, 10, 320, 70] as const;

/** How often that happens which is said to be so likely (a reliability curve), with the counts behind each point below. */
export function calibrationPlot({ title, bins }: CalibrationPlot): Markup {
  const filled = bins.filter(({ count }) => count > 0);
  const tallest = Math.max(1, ...bins.map(({ count }) => count));
  const probability = { label: "", from: 0, to: 1 };
  const curve = plane({ left: LEFT, top: TOP, width: SIDE, height: SIDE }, probability, {
    label: "observed share",
    from: 0,
    to: 1,
  });
  const barsTop = TOP + SIDE + 30;
  const bars = plane(
    { left: LEFT, top: barsTop, width: SIDE, height: BARS },
    { ...probability, label: "predicted probability" },
    { label: "rows", from: 0, to: tallest },
  );
  return figure({
    title,
    description:
      "Calibration: predicted probability to the right, observed share upwards; on the diagonal both agree. Bars below count the rows in each bin.",
    width: LEFT + SIDE + 14,
    height: barsTop + BARS + 44,
    drawing: markup`${curve.axes}<path class="axis dashed" d="M${curve.x(0)} ${curve.y(0)}L${curve.x(1)} ${curve.y(1)}"/>
<path class="curve ink0" d="${filled.map((bin, i) => `${i === 0 ? "M" : "L"}${curve.x(bin.meanProbability)} ${curve.y(bin.observed)}`).join("")}"/>
${filled.map((bin) => markup`<circle class="mark ink0" cx="${curve.x(bin.meanProbability)}" cy="${curve.y(bin.observed)}" r="4"><title>${digits(bin.meanProbability)} predicted, ${digits(bin.observed)} observed, ${bin.count} rows</title></circle>`)}
${bars.axes}${filled.map(({ low, high, count }) => markup`<rect class="filled ink0" fill-opacity="0.6" x="${bars.x(low)}" y="${bars.y(count)}" width="${pixel(bars.x(high) - bars.x(low) - 1)}" height="${pixel(bars.y(0) - bars.y(count))}"/>`)}`,
    numbers: {
      head: ["probability", "rows", "mean probability", "observed share"],
      rows: filled.map(({ low, high, count, meanProbability, observed }) => [
        `${digits(low)} to ${digits(high)}`,
        count,
        digits(meanProbability),
        digits(observed),
      ]),
    },
  });
}

import { WORDS } from "../words.ts";

const WIDTH = 300;
const HEIGHT = 90;
/** A line that touches the edge would be cut in half. */
const INSET = 2;
/** Ends of an axis, of each power of ten. */
const ROUND = [1, 2, 5, 10];

interface LineChartProps {
  readonly title: string;
  readonly unit: string;
  /** Values of equal distance, the oldest first; null where there was nothing to measure. */
  readonly lines: readonly (readonly (number | null)[])[];
  /** Of the lines, where there are several. */
  readonly names?: readonly string[];
  /** The end of the axis; without it what the values need. */
  readonly most?: number;
}

/** A few lines over time, with what they are now in words. */
export function LineChart({ title, unit, lines, names, most }: LineChartProps) {
  const known = lines.flat().filter((value) => value !== null);
  const end = most ?? roundUp(Math.max(0, ...known) || 1);
  const now = lines
    .map((values, i) => {
      const last = values.findLast((value) => value !== null);
      const told = last === undefined || last === null ? WORDS.chart.nothing : `${digits(last)} ${unit}`.trim();
      return names ? `${names[i]} ${told}` : told;
    })
    .join(" · ");
  return (
    <figure class="chart">
      <figcaption>
        <span>{title}</span>
        <strong>{now}</strong>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`${title}: ${now}`}>
        <line x1="0" x2={WIDTH} y1={HEIGHT - INSET} y2={HEIGHT - INSET} class="axis" />
        {lines.map((values, i) => (
          <path key={names?.[i] ?? title} d={pathOf(values, end)} class={`line line-${i}`} />
        ))}
      </svg>
      <small>{WORDS.chart.upTo(digits(end), unit)}</small>
    </figure>
  );
}

/** With a gap wherever nothing is known; a value between two gaps is a dot. */
function pathOf(values: readonly (number | null)[], end: number): string {
  const step = WIDTH / Math.max(1, values.length - 1);
  let isDrawing = false;
  return values
    .map((value, i) => {
      if (value === null) {
        isDrawing = false;
        return "";
      }
      const y = HEIGHT - INSET - (Math.min(value, end) / end) * (HEIGHT - 2 * INSET);
      const command = isDrawing ? "L" : "M";
      isDrawing = true;
      const point = `${(i * step).toFixed(1)} ${y.toFixed(1)}`;
      return command === "M" ? `M${point}h0.1` : `L${point}`;
    })
    .join("");
}

function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ROUND.find((round) => round * power >= value)!;
}

function digits(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: value < 1 ? 3 : value < 10 ? 1 : 0 });
}

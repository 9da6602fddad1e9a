import { useRef } from "preact/hooks";

const SIZE = 100;
/** For what is written beside the axes. */
const MARGIN = { left: 16, bottom: 12, top: 3, right: 3 };
const WIDTH = SIZE + MARGIN.left + MARGIN.right;
const HEIGHT = SIZE + MARGIN.top + MARGIN.bottom;
const TICKS = [0, 0.5, 1];

interface Point {
  readonly x: number;
  readonly y: number;
}

interface CurvePlotProps {
  readonly title: string;
  readonly axes: readonly string[];
  /** From the strictest cut on, on both axes from 0 to 1. */
  readonly points: readonly Point[];
  /** A second curve, to compare with. */
  readonly others: readonly Point[];
  /** Whether it begins at (0, 0). */
  readonly isFromOrigin: boolean;
  /** Places among the points that can be dragged, by name. */
  readonly marks: Readonly<Record<string, number>>;
  readonly onMove: (mark: string, place: number) => void;
}

/** A curve with marks that the mouse or a finger drags along it; sliders beside it are for keys. */
export function CurvePlot({ title, axes, points, others, isFromOrigin, marks, onMove }: CurvePlotProps) {
  const svg = useRef<SVGSVGElement>(null);
  const dragged = useRef<string | undefined>(undefined);
  const drag = (event: PointerEvent) => {
    if (dragged.current === undefined) return;
    const drawn = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.current!.getScreenCTM()!.inverse());
    const [x, y] = [(drawn.x - MARGIN.left) / SIZE, 1 - (drawn.y - MARGIN.top) / SIZE];
    const distances = points.map((point) => Math.hypot(point.x - x, point.y - y));
    onMove(dragged.current, distances.indexOf(Math.min(...distances)));
  };
  const lineOf = (some: readonly Point[]) =>
    `${isFromOrigin && some.length > 0 ? `${place({ x: 0, y: 0 })} ` : ""}${some.map(place).join(" ")}`;
  return (
    <figure class="curve">
      <figcaption>{title}</figcaption>
      <svg
        ref={svg}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={title}
        onPointerMove={drag}
        onPointerUp={() => {
          dragged.current = undefined;
        }}
      >
        <rect x={MARGIN.left} y={MARGIN.top} width={SIZE} height={SIZE} class="frame" />
        {TICKS.map((tick) => (
          <g key={tick}>
            <text x={MARGIN.left + tick * SIZE} y={MARGIN.top + SIZE + 5} class="tick">
              {tick}
            </text>
            <text x={MARGIN.left - 2} y={MARGIN.top + (1 - tick) * SIZE + 1.5} class="tick side">
              {tick}
            </text>
          </g>
        ))}
        <text x={MARGIN.left + SIZE / 2} y={HEIGHT - 1} class="axis-name">
          {axes[0]}
        </text>
        <text transform={`translate(3.5 ${MARGIN.top + SIZE / 2}) rotate(-90)`} class="axis-name">
          {axes[1]}
        </text>
        <polyline points={lineOf(others)} class="other" />
        <polyline points={lineOf(points)} class="main" />
        {Object.entries(marks).map(([name, at]) => {
          const [cx, cy] = place(points[at]).split(",");
          return (
            <circle
              key={name}
              class={`mark ${name}`}
              cx={cx}
              cy={cy}
              r="3"
              onPointerDown={(event) => {
                event.preventDefault();
                svg.current!.setPointerCapture(event.pointerId);
                dragged.current = name;
              }}
            />
          );
        })}
      </svg>
    </figure>
  );
}

function place({ x, y }: Point): string {
  return `${(MARGIN.left + x * SIZE).toFixed(2)},${(MARGIN.top + (1 - y) * SIZE).toFixed(2)}`;
}

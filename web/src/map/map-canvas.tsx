import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { WORDS } from "../words.ts";
import { Scatter } from "./scatter.ts";
import { fitAll, type Point, pan, pointsWithin, toMap, type ViewPort, zoom } from "./view-port.ts";

/** Pixels that an arrow key moves the map by. */
const STEP = 60;
const CLOSER = 1.25;
const MOVES: Readonly<Record<string, (view: ViewPort) => ViewPort>> = {
  ArrowLeft: (view) => pan(view, [STEP, 0]),
  ArrowRight: (view) => pan(view, [-STEP, 0]),
  ArrowUp: (view) => pan(view, [0, STEP]),
  ArrowDown: (view) => pan(view, [0, -STEP]),
  "+": (view) => zoom(view, CLOSER),
  "-": (view) => zoom(view, 1 / CLOSER),
};

interface MapCanvasProps {
  /** [points, 2] */
  readonly places: Float32Array;
  /** [points, 3], from 0 to 1 */
  readonly colours: Float32Array;
  readonly chosen: ReadonlySet<number>;
  /** Whether a drag draws a line around points instead of moving the map. */
  readonly isLasso: boolean;
  readonly onChoose: (chosen: ReadonlySet<number>) => void;
}

/** The map itself: drag, wheel and keys move it; with the lasso a drag chooses points, as does Enter all that are seen. */
export function MapCanvas({ places, colours, chosen, isLasso, onChoose }: MapCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scatter = useRef<Scatter | undefined>(undefined);
  const view = useRef<ViewPort | undefined>(undefined);
  const line = useRef<Point[]>([]);
  const [drawn, setDrawn] = useState("");
  const [isMissing, setMissing] = useState(false);

  const frame = useRef<number | undefined>(undefined);
  // However many events there are between two frames, the map is drawn once.
  const draw = () => {
    frame.current ??= requestAnimationFrame(() => {
      frame.current = undefined;
      if (view.current) scatter.current?.draw(view.current, devicePixelRatio);
    });
  };
  const look = (next: ViewPort) => {
    view.current = next;
    draw();
  };

  // Before the first event: whoever is quick finds a map that can be moved.
  useLayoutEffect(() => {
    const element = canvas.current!;
    scatter.current = Scatter.on(element);
    setMissing(!scatter.current);
    const fit = () => {
      const { clientWidth: width, clientHeight: height } = element;
      element.width = width * devicePixelRatio;
      element.height = height * devicePixelRatio;
      look(view.current ? { ...view.current, width, height } : fitAll(places, width, height));
    };
    fit();
    const observer = new ResizeObserver(fit);
    observer.observe(element);
    return () => {
      observer.disconnect();
      if (frame.current !== undefined) cancelAnimationFrame(frame.current);
    };
  }, []);
  useEffect(() => {
    scatter.current?.show(places, colours);
    draw();
  }, [places, colours]);
  useEffect(() => {
    scatter.current?.choose(chosen);
    draw();
  }, [places, chosen]);

  const pointOf = ({ offsetX, offsetY }: MouseEvent): Point => [offsetX, offsetY];
  const startDrag = (event: PointerEvent) => {
    canvas.current!.setPointerCapture(event.pointerId);
    line.current = [pointOf(event)];
  };
  const drag = (event: PointerEvent) => {
    const from = line.current.at(-1);
    if (!from || !view.current) return;
    const to = pointOf(event);
    line.current.push(to);
    if (isLasso) setDrawn(line.current.join(" "));
    else look(pan(view.current, [to[0] - from[0], to[1] - from[1]]));
  };
  const endDrag = () => {
    if (isLasso && view.current && line.current.length > 2) {
      const around = line.current.map((point) => toMap(view.current!, point));
      onChoose(pointsWithin(places, around));
    }
    line.current = [];
    setDrawn("");
  };
  const turnWheel = (event: WheelEvent) => {
    event.preventDefault();
    if (view.current) look(zoom(view.current, Math.exp(-event.deltaY / 400), pointOf(event)));
  };
  const pressKey = (event: KeyboardEvent) => {
    if (!view.current) return;
    const { width, height } = view.current;
    const corners: Point[] = [
      [0, 0],
      [width, 0],
      [width, height],
      [0, height],
    ];
    if (event.key === "Enter")
      onChoose(
        pointsWithin(
          places,
          corners.map((corner) => toMap(view.current!, corner)),
        ),
      );
    else if (event.key === "Escape") onChoose(new Set());
    else if (MOVES[event.key]) look(MOVES[event.key](view.current));
    else return;
    event.preventDefault();
  };
  return (
    <div class={isLasso ? "map-stage lasso" : "map-stage"}>
      {isMissing && <p class="failed">{WORDS.map.noWebgl}</p>}
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: its keys do what the mouse does */}
      <canvas
        ref={canvas}
        role="application"
        tabIndex={0}
        aria-label={WORDS.map.canvas(places.length / 2)}
        aria-describedby="map-keys"
        onPointerDown={startDrag}
        onPointerMove={drag}
        onPointerUp={endDrag}
        onWheel={turnWheel}
        onKeyDown={pressKey}
      />
      <svg aria-hidden="true">
        <polygon points={drawn} />
      </svg>
    </div>
  );
}

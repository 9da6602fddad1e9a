/** Which part of the map is seen. */
export interface ViewPort {
  /** The point of the map in the middle. */
  readonly x: number;
  readonly y: number;
  /** Pixels for a unit of the map. */
  readonly scale: number;
  /** Of the screen, in pixels. */
  readonly width: number;
  readonly height: number;
}

export type Point = readonly [x: number, y: number];

/** Left free around all points, as a share. */
const MARGIN = 0.06;

/** All points seen. @param places [points, 2] */
export function fitAll(places: Float32Array, width: number, height: number): ViewPort {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < places.length; i += 2) {
    left = Math.min(left, places[i]);
    right = Math.max(right, places[i]);
    bottom = Math.min(bottom, places[i + 1]);
    top = Math.max(top, places[i + 1]);
  }
  if (left > right) return { x: 0, y: 0, scale: 1, width, height };
  const free = 1 - 2 * MARGIN;
  const scale = Math.min((free * width) / (right - left || 1), (free * height) / (top - bottom || 1));
  return { x: (left + right) / 2, y: (bottom + top) / 2, scale, width, height };
}

/** Moved by pixels. */
export function pan(view: ViewPort, [right, down]: Point): ViewPort {
  return { ...view, x: view.x - right / view.scale, y: view.y + down / view.scale };
}

/** Nearer by a factor, the point under a pixel staying where it is. */
export function zoom(view: ViewPort, factor: number, at: Point = [view.width / 2, view.height / 2]): ViewPort {
  const [x, y] = toMap(view, at);
  return { ...view, scale: view.scale * factor, x: x - (x - view.x) / factor, y: y - (y - view.y) / factor };
}

/** The point of the map under a pixel. */
export function toMap({ x, y, scale, width, height }: ViewPort, [right, down]: Point): Point {
  return [x + (right - width / 2) / scale, y - (down - height / 2) / scale];
}

/** The points within a line that is drawn around them, by how often a ray crosses it. @param places [points, 2] @param line of the map */
export function pointsWithin(places: Float32Array, line: readonly Point[]): Set<number> {
  const [xs, ys] = ([0, 1] as const).map((axis) => Float64Array.from(line, (point) => point[axis]));
  const [left, right, bottom, top] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const found = new Set<number>();
  for (let i = 0; i < places.length; i += 2) {
    const [x, y] = [places[i], places[i + 1]];
    // Most points are far away, and a line may have many corners.
    if (x < left || x > right || y < bottom || y > top) continue;
    let isWithin = false;
    for (let j = 0, before = xs.length - 1; j < xs.length; before = j++) {
      const isCrossed = ys[j] > y !== ys[before] > y;
      if (isCrossed && x < xs[j] + ((y - ys[j]) / (ys[before] - ys[j])) * (xs[before] - xs[j])) isWithin = !isWithin;
    }
    if (isWithin) found.add(i / 2);
  }
  return found;
}

import type { FrameHeader } from "../frame-header.ts";

/** Cosine to an axis of the patient from which a plane is named after it: within 37 degrees, as tilted series are named. */
const ALONG_AXIS = 0.8;
/** Of lengths and angles of the two directions; writers round them. */
const TOLERANCE = 0.01;

/** PS3.3 C.7.6.2.1.1: x goes to the left, y to the back, z to the head; a plane is named by the axis it lies across. */
const PLANES = ["sagittal", "coronal", "axial"] as const;

export type Plane = (typeof PLANES)[number] | "oblique";

type Vector = readonly [x: number, y: number, z: number];

/** How a frame lies in the patient; undefined where the file does not say it, or in directions that are none. */
export function readPlane(header: FrameHeader): Plane | undefined {
  const normal = readNormal(header);
  if (!normal) return undefined;
  const axis = normal.findIndex((cosine) => Math.abs(cosine) >= ALONG_AXIS);
  return PLANES[axis] ?? "oblique";
}

/** Millimetres along the normal, which is the row's direction times the column's: slices of a series order by it. */
export function readSlicePosition(header: FrameHeader): number | undefined {
  const normal = readNormal(header);
  const corner = header.within("planePositionSequence").decimals("imagePosition");
  if (!normal || corner?.length !== 3) return undefined;
  return dot(normal, corner as unknown as Vector);
}

function readNormal(header: FrameHeader): Vector | undefined {
  const cosines = header.within("planeOrientationSequence").decimals("imageOrientation");
  if (cosines?.length !== 6) return undefined;
  const row = cosines.slice(0, 3) as unknown as Vector;
  const column = cosines.slice(3) as unknown as Vector;
  const errors = [dot(row, row) - 1, dot(column, column) - 1, dot(row, column)];
  return errors.every((error) => Math.abs(error) < TOLERANCE) ? cross(row, column) : undefined;
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

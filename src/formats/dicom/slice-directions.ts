import type { FrameHeader } from "./frame-header.ts";

/** Of lengths and angles of the two directions; writers round them. */
const TOLERANCE = 0.01;

export type Vector = readonly [x: number, y: number, z: number];

/** How the pixels of a frame run in the patient, of length 1 each, on DICOM's axes: to the left, to the back, to the head. */
export interface SliceDirections {
  /** From one column to the next. */
  readonly across: Vector;
  /** From one row to the next. */
  readonly down: Vector;
}

/** PS3.3 C.7.6.2.1.1; undefined where the file does not say it, or in directions that are none. */
export function readDirections(header: FrameHeader): SliceDirections | undefined {
  const cosines = header.within("planeOrientationSequence").decimals("imageOrientation");
  if (cosines?.length !== 6) return undefined;
  const across = cosines.slice(0, 3) as unknown as Vector;
  const down = cosines.slice(3) as unknown as Vector;
  const errors = [dot(across, across) - 1, dot(down, down) - 1, dot(across, down)];
  return errors.every((error) => Math.abs(error) < TOLERANCE) ? { across, down } : undefined;
}

/** Out of the plane of a slice: rows, columns and it are right-handed. */
export function normalOf({ across, down }: SliceDirections): Vector {
  const [a, b, c] = across;
  const [d, e, f] = down;
  return [b * f - c * e, c * d - a * f, a * e - b * d];
}

export function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

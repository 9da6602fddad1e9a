import { MedembedError } from "../../errors.ts";
import type { Affine } from "./volume.ts";

/** Of the voxel indices: 0 is i, 1 is j, 2 is k. */
type VoxelAxis = 0 | 1 | 2;
/** Of the patient: 0 goes to the right, 1 to the front, 2 upwards. */
type PatientAxis = 0 | 1 | 2;

/**
 * How slices are seen: through which patient axis they are cut, and which runs across a slice and which down it. As films hang and
 * as DICOM stores most slices: axial from the feet, coronal from the front, sagittal from the left, so that the patient's left is on
 * the right of a picture, or the back, and down is to the back or to the feet.
 */
const PLANES = {
  axial: { along: 2, across: 0, down: 1 },
  coronal: { along: 1, across: 0, down: 2 },
  sagittal: { along: 0, across: 1, down: 2 },
} as const satisfies Record<string, Record<"along" | "across" | "down", PatientAxis>>;

/** `acquired`: the slices as they were taken or stored, along k, seen as the plane that is nearest to theirs. */
export type Plane = "acquired" | PatientPlane;
export type PatientPlane = keyof typeof PLANES;
const PATIENT_PLANES = Object.keys(PLANES) as PatientPlane[];
export const PLANE_NAMES: readonly Plane[] = ["acquired", ...PATIENT_PLANES];

/** An axis of the voxels, from its first index or from its last one. */
interface Walk {
  readonly axis: VoxelAxis;
  readonly isReversed: boolean;
}

/** How slices are taken out of voxels: from slice to slice, from the left of a picture to the right, from its top down. */
export interface Cut {
  readonly along: Walk;
  readonly across: Walk;
  readonly down: Walk;
}

/**
 * How to cut a volume into slices of a plane. Slices follow each other to the right, to the front or upwards. Nothing is
 * interpolated: where the voxels lie oblique to the plane, the axes nearest to it are taken.
 * @throws MedembedError "unsupported-image" where the orientation is not known and a plane of the patient is asked for
 */
export function cutOf(affine: Affine | undefined, plane: Plane): Cut {
  if (affine === undefined && plane !== "acquired") {
    throw new MedembedError(
      "unsupported-image",
      `it does not tell how it lies in the patient, so it has no ${plane} plane`,
    );
  }
  const known = affine ?? UNKNOWN;
  const directions = directionsOf(known);
  const seen = PLANES[plane === "acquired" ? acquiredPlane(known) : plane];
  // Pictures run to the left, to the back and to the feet, slices to the right, to the front and upwards.
  const walk = (patientAxis: PatientAxis, isTowards: boolean): Walk => {
    const axis = directions.findIndex((direction) => direction.patientAxis === patientAxis) as VoxelAxis;
    return { axis, isReversed: directions[axis].isTowards !== isTowards };
  };
  return { along: walk(seen.along, true), across: walk(seen.across, false), down: walk(seen.down, false) };
}

/** The plane of the patient that stored slices, along k, are nearest to. */
export function acquiredPlane(affine: Affine): PatientPlane {
  const { patientAxis } = directionsOf(affine)[2];
  return PATIENT_PLANES.find((plane) => PLANES[plane].along === patientAxis)!;
}

/** NIfTI's method 1: indices run to the right, to the front and upwards, for want of anything better. */
const UNKNOWN: Affine = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
];

/** Where a voxel axis runs: nearest to which axis of the patient, and whether towards its right, front or top. */
interface Direction {
  readonly patientAxis: PatientAxis;
  readonly isTowards: boolean;
}

const ASSIGNMENTS: readonly (readonly [PatientAxis, PatientAxis, PatientAxis])[] = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];

/** Each patient axis goes to one voxel axis, so that together they differ least. */
function directionsOf(affine: Affine): readonly [Direction, Direction, Direction] {
  const cosine = (voxelAxis: number, patientAxis: PatientAxis) =>
    affine[patientAxis][voxelAxis] / Math.hypot(...affine.map((row) => row[voxelAxis]));
  const closeness = (assignment: readonly PatientAxis[]) =>
    assignment.reduce((sum: number, patientAxis, voxelAxis) => sum + Math.abs(cosine(voxelAxis, patientAxis)), 0);
  const best = ASSIGNMENTS.reduce((a, b) => (closeness(b) > closeness(a) ? b : a));
  const direction = (voxelAxis: VoxelAxis) => {
    const patientAxis = best[voxelAxis];
    return { patientAxis, isTowards: affine[patientAxis][voxelAxis] > 0 };
  };
  return [direction(0), direction(1), direction(2)];
}

/** Whether an affine leads somewhere: finite, and not flat. */
export function isUsable(affine: Affine): boolean {
  const [[a, b, c, x], [d, e, f, y], [g, h, i, z]] = affine;
  const lengths = [0, 1, 2].map((axis) => Math.hypot(...affine.map((row) => row[axis])));
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  // Axes of length one that span less than this lie in one plane but for rounding.
  return [x, y, z].every(Number.isFinite) && Math.abs(determinant) > 1e-6 * lengths[0] * lengths[1] * lengths[2];
}

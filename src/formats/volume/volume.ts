import type { MonochromeFrame } from "../dicom/monochrome-frame.ts";

/** Voxels in memory that threads share: to look at a volume costs none of them a copy. */
export type SharedValues =
  | Uint8Array<SharedArrayBuffer>
  | Int8Array<SharedArrayBuffer>
  | Uint16Array<SharedArrayBuffer>
  | Int16Array<SharedArrayBuffer>
  | Uint32Array<SharedArrayBuffer>
  | Int32Array<SharedArrayBuffer>
  | Float32Array<SharedArrayBuffer>
  | Float64Array<SharedArrayBuffer>;

/**
 * From the indices (i, j, k, 1) of a voxel to where its centre is in the patient: millimetres to the right, to the front
 * and upwards (RAS+, as NIfTI has it; DICOM's axes point to the left and to the back). Row by row.
 */
export type Affine = readonly [Row, Row, Row];
type Row = readonly [i: number, j: number, k: number, offset: number];

/** Grays on a grid in the patient, as a file or a series holds them, with what it says about how to show them. */
export interface Volume extends Omit<MonochromeFrame, "width" | "height" | "values" | "levels"> {
  /** How many voxels along i, j and k. */
  readonly shape: Shape;
  /** i runs fastest, then j, then k. */
  readonly voxels: SharedValues;
  /** Undefined where the file does not tell how it lies in the patient. */
  readonly affine: Affine | undefined;
  readonly findings: readonly Finding[];
}

export type Shape = readonly [i: number, j: number, k: number];

/** What a file or a series lacks or contradicts without being unreadable. The message names no file and no person. */
export interface Finding {
  readonly code: FindingCode;
  readonly message: string;
}

export const FINDING_CODES = [
  "no-orientation", // a NIfTI file does not tell how it lies in the patient: taken as stored to the right, front and top
  "more-volumes", // a 4D NIfTI file holds more volumes than the one that is read
  "no-position", // slices do not tell where they are: ordered by instance number
  "several-orientations", // slices of one series lie across each other: ordered by instance number
  "repeated", // one instance is there several times: read once
  "same-position", // several slices are at one place, as in series over time: ordered there by instance number
  "gap", // slices are missing in between
  "uneven-spacing", // slices are not equally far from each other
  "tilted", // slices are shifted against each other, as with a tilted gantry
  "mixed-sizes", // slices differ in rows, columns or pixel spacing
  "instance-order", // instance numbers run otherwise than positions: ordered by position
] as const;

export type FindingCode = (typeof FINDING_CODES)[number];

/** 2048 slices of 512x512 voxels at 16 bits: twice the longest scans. What is claimed beyond it is not reserved. */
export const MAX_VOLUME_BYTES = 2 ** 30;

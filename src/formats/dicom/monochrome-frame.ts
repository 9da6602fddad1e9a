import type { LookupTable } from "./lookup-table.ts";
import { lookUp } from "./lookup-table.ts";
import type { StoredValues } from "./stored-values.ts";

/**
 * Grays as a DICOM or NIfTI file holds them, one frame or slice, with what the file says about how to show it. It takes a
 * rendering to become an `Image`.
 */
export interface MonochromeFrame {
  readonly width: number;
  readonly height: number;
  /** [height, width] */
  readonly values: StoredValues;
  /** Of a stored value; 32 and more have no table of all of them. */
  readonly bitsStored: number;
  readonly isSigned: boolean;
  readonly modality: ModalityTransform;
  /** Whether the result of `modality` is in Hounsfield units, or the file's format cannot say. */
  readonly isHounsfield: boolean;
  readonly voiTables: readonly LookupTable[];
  readonly windows: readonly Window[];
  /** MONOCHROME1: the lowest value is white. */
  readonly isInverted: boolean;
  /** Stored values from the first to the second are no part of the picture. */
  readonly padding: readonly [low: number, high: number] | undefined;
  readonly isNifti?: boolean;
  /** Of a slice, what its rendering takes from all of the volume: the measures that are shown black and white. */
  readonly levels?: Levels | undefined;
}

export type Levels = readonly [low: number, high: number];

/** PS3.3 C.11.1: from stored values to what they measure. */
export type ModalityTransform = Rescale | LookupTable;

interface Rescale {
  readonly slope: number;
  readonly intercept: number;
  /** The file has neither, so that values measure what they are. */
  readonly isAbsent?: true;
}

/** PS3.3 C.11.2.1.2. */
export interface Window {
  readonly center: number;
  readonly width: number;
  readonly shape: "LINEAR" | "LINEAR_EXACT" | "SIGMOID";
}

/** What a stored value measures. */
export function toMeasure(transform: ModalityTransform, stored: number): number {
  return "entries" in transform ? lookUp(transform, stored) : stored * transform.slope + transform.intercept;
}

import { MedembedError } from "../../../errors.ts";
import type { Attribute, Attributes } from "../attributes.ts";
import { type OpenedDicom, openDicom } from "../open-dicom.ts";
import { type PixelLayout, readPixelLayout } from "../pixel-layout.ts";
import { refuseWithoutPixels } from "../refuse-without-pixels.ts";

/** To the right, to the front and upwards (RAS+). */
export type Vector = readonly [x: number, y: number, z: number];

/** Where a slice lies in the patient; millimetres. */
export interface Place {
  /** The centre of its first pixel. */
  readonly position: Vector;
  /** From one column to the next, of length 1. */
  readonly across: Vector;
  /** From one row to the next, of length 1. */
  readonly down: Vector;
  /** Between rows, between columns. */
  readonly spacing: readonly [rows: number, columns: number];
}

/** What the header of a file says about one of its frames. It holds UIDs, and goes no further than a series is put in order. */
export interface SliceHeader {
  /** From 1, and how many the file has. */
  readonly frame: number;
  readonly frames: number;
  readonly series: string | undefined;
  readonly instance: string | undefined;
  readonly number: number | undefined;
  readonly rows: number;
  readonly columns: number;
  readonly place: Place | undefined;
}

/** Axes of a slice that are off by more than rounding are none. */
const AXIS_TOLERANCE = 0.01;

/** PS3.5 A.4: a compressed frame is one item at least, and an item has this before its bytes. */
const LEAST_COMPRESSED_BYTES = 8;

/**
 * The header of each frame of a file.
 * @param bytes the file, or as much of it as holds all that stands before the pixels
 * @param fileBytes how long the file is
 * @throws MedembedError "unsupported-image", "corrupt-image", "image-too-large"
 */
export function readSliceHeaders(bytes: Uint8Array, fileBytes = bytes.length): SliceHeader[] {
  const opened = openDicom(bytes);
  const { attributes } = opened;
  refuseWithoutPixels(attributes);
  const layout = readPixelLayout(attributes);
  const { rows, columns, frames } = layout;
  checkFrames(opened, layout, fileBytes);
  const [number] = attributes.decimals("instanceNumber") ?? [];
  const ofFile = {
    frames,
    series: attributes.text("seriesInstance"),
    instance: attributes.text("sopInstance"),
    number,
    rows,
    columns,
  };
  // PS3.3 C.7.6.16.1.2: what is said for the frame goes before what is said for all of them.
  const perFrame = attributes.items("perFrameFunctionalGroups");
  const [shared] = attributes.items("sharedFunctionalGroups");
  return Array.from({ length: frames }, (_, index) => {
    const groups = [perFrame[index], shared].filter((group) => group !== undefined);
    return { ...ofFile, frame: index + 1, place: readPlace(attributes, groups, frames) };
  });
}

/** A forged number of frames would cost memory for each. */
function checkFrames({ transferSyntax, bytes }: OpenedDicom, layout: PixelLayout, fileBytes: number): void {
  const { frames, rows, columns, samples, bitsAllocated } = layout;
  const frameBytes =
    transferSyntax.packing === "native" ? (rows * columns * samples * bitsAllocated) / 8 : LEAST_COMPRESSED_BYTES;
  const most = transferSyntax.isDeflated ? bytes.length : fileBytes;
  // Shared colours take two thirds.
  if (frames * frameBytes * (2 / 3) <= most) return;
  throw new MedembedError("corrupt-image", `the DICOM file claims ${frames} frames, its ${most} bytes hold fewer`);
}

/** PS3.3 C.7.6.2, or C.7.6.16.2.1, 2.3 and 2.4. One place for many frames says nothing about each. */
function readPlace(attributes: Attributes, groups: readonly Attributes[], frames: number): Place | undefined {
  const within = (sequence: Attribute, name: Attribute, count: number) => {
    const item = groups.map((group) => group.items(sequence)[0]).find((found) => found !== undefined);
    return numbers(item ?? (frames === 1 ? attributes : undefined), name, count);
  };
  const position = within("planePositionSequence", "imagePosition", 3);
  const axes = within("planeOrientationSequence", "imageOrientation", 6);
  const spacing = within("pixelMeasuresSequence", "pixelSpacing", 2);
  if (!position || !axes || !spacing || spacing.some((size) => size <= 0)) return undefined;
  const across = fromDicomAxes(axes.slice(0, 3));
  const down = fromDicomAxes(axes.slice(3));
  const isFrame = [dot(across, across) - 1, dot(down, down) - 1, dot(across, down)].every(
    (deviation) => Math.abs(deviation) < AXIS_TOLERANCE,
  );
  return isFrame ? { position: fromDicomAxes(position), across, down, spacing: [spacing[0], spacing[1]] } : undefined;
}

function numbers(attributes: Attributes | undefined, name: Attribute, count: number): number[] | undefined {
  const found = attributes?.decimals(name);
  if (found && found.length !== count) {
    throw new MedembedError("corrupt-image", `the DICOM attribute ${name} has ${found.length} values, not ${count}`);
  }
  return found;
}

/** PS3.3 C.7.6.2.1.1: x and y run to the patient's left and back. */
function fromDicomAxes([x, y, z]: readonly number[]): Vector {
  return [-x, -y, z];
}

export function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/** Out of the plane of a slice, so that rows, columns and it are right-handed. */
export function normalOf({ across, down }: Place): Vector {
  const [a, b, c] = across;
  const [d, e, f] = down;
  return [b * f - c * e, c * d - a * f, a * e - b * d];
}

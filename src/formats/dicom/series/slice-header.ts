import { MedembedError } from "../../../errors.ts";
import { FrameHeader } from "../frame-header.ts";
import type { OpenedDicom } from "../open-dicom.ts";
import { type PixelLayout, readPixelLayout } from "../pixel-layout.ts";
import { refuseWithoutPixels } from "../refuse-without-pixels.ts";
import { readDirections, type SliceDirections, type Vector } from "../slice-directions.ts";

/** Where a slice lies in the patient; millimetres to the right, to the front and upwards (RAS+), other than in DICOM. */
export interface Place extends SliceDirections {
  /** The centre of its first pixel. */
  readonly position: Vector;
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

/** PS3.5 A.4: a compressed frame is one item at least, and an item has this before its bytes. */
const LEAST_COMPRESSED_BYTES = 8;

/**
 * The header of each frame of a file.
 * @param opened the file, or as much of it as holds all that stands before the pixels
 * @param fileBytes how long the file is
 * @throws MedembedError "unsupported-image", "corrupt-image", "image-too-large"
 */
export function readSliceHeaders(opened: OpenedDicom, fileBytes: number): SliceHeader[] {
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
  return FrameHeader.ofAll(attributes, frames).map((header, index) => {
    return { ...ofFile, frame: index + 1, place: readPlace(header, frames) };
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

/** PS3.3 C.7.6.2, or C.7.6.16.2.1, 2.3 and 2.4. One position for many frames says nothing about each. */
function readPlace(header: FrameHeader, frames: number): Place | undefined {
  if (frames > 1 && header.items("planePositionSequence").length === 0) return undefined;
  const position = header.within("planePositionSequence").decimals("imagePosition");
  const directions = readDirections(header);
  const [rows, columns] = header.within("pixelMeasuresSequence").decimals("pixelSpacing") ?? [];
  if (position?.length !== 3 || !directions || !(rows > 0 && columns > 0)) return undefined;
  return {
    position: fromDicomAxes(position as unknown as Vector),
    across: fromDicomAxes(directions.across),
    down: fromDicomAxes(directions.down),
    spacing: [rows, columns],
  };
}

function fromDicomAxes([x, y, z]: Vector): Vector {
  return [-x, -y, z];
}

import type { Image } from "../../image.ts";
import type { MonochromeFrame } from "../dicom/monochrome-frame.ts";
import type { Cut } from "./orientation.ts";
import type { Shape, Volume } from "./volume.ts";

/** How many slices a cut makes. */
export function countSlices({ shape }: Pick<Volume, "shape">, { along }: Cut): number {
  return shape[along.axis];
}

/** One slice of a volume, as a frame with memory of its own. @param index from 0 to `countSlices` - 1 */
export function cutSlice({ shape, voxels, affine: _, findings: __, ...display }: Volume, cut: Cut, index: number) {
  const { axis, isReversed } = cut.along;
  const start = (isReversed ? shape[axis] - 1 - index : index) * strideOf(shape, axis);
  const { values, width, height } = gather(voxels, start, shape, cut, 1);
  return { ...display, width, height, values } satisfies MonochromeFrame;
}

/** A picture of a file, turned as the cut has it; the same object where nothing is to be turned. */
export function turnPicture<Picture extends Image | MonochromeFrame>(picture: Picture, cut: Cut): Picture {
  const { across, down } = cut;
  if (across.axis === 0 && !across.isReversed && !down.isReversed) return picture;
  const shape: Shape = [picture.width, picture.height, 1];
  if ("modality" in picture) {
    const { values, width, height } = gather(picture.values, 0, shape, cut, 1);
    return { ...picture, values, width, height };
  }
  const { values: data, width, height } = gather(picture.data, 0, shape, cut, picture.channels);
  return { ...picture, data, width, height };
}

type Numbers = MonochromeFrame["values"];

/** Row by row, what lies across and down from a start. @param channels values a voxel has */
function gather<Values extends Numbers>(values: Values, start: number, shape: Shape, cut: Cut, channels: number) {
  const width = shape[cut.across.axis];
  const height = shape[cut.down.axis];
  const acrossStep = stepOf(shape, cut.across);
  const downStep = stepOf(shape, cut.down);
  const gathered = new (values.constructor as new (length: number) => Values)(width * height * channels);
  let row = start + firstOf(shape, cut.across) + firstOf(shape, cut.down);
  for (let y = 0, at = 0; y < height; y++, row += downStep) {
    for (let x = 0, from = row; x < width; x++, from += acrossStep) {
      gathered[at++] = values[from * channels];
      for (let channel = 1; channel < channels; channel++) gathered[at++] = values[from * channels + channel];
    }
  }
  return { values: gathered, width, height };
}

function strideOf([i, j]: Shape, axis: number): number {
  return [1, i, i * j][axis];
}

function stepOf(shape: Shape, { axis, isReversed }: Cut["across"]): number {
  return isReversed ? -strideOf(shape, axis) : strideOf(shape, axis);
}

function firstOf(shape: Shape, { axis, isReversed }: Cut["across"]): number {
  return isReversed ? (shape[axis] - 1) * strideOf(shape, axis) : 0;
}

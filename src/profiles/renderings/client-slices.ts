/**
 * What two demos around the published service make of NIfTI files, exactly, with what is odd about it. Neither looks at how the file
 * lies in the patient: a picture is right side up only where the voxels run to the right, to the front and upwards.
 */
import { minMax, percentiles } from "./curves.ts";
import type { Rendering } from "./renderings.ts";

const ALONG_K = { axis: 2, isReversed: false } as const;

/**
 * An earlier version of the service's 3-D search demo: Hounsfield units are cut off at ±1000 and stretched from the lowest to the highest
 * that is left in the whole volume, so that one tissue is another gray in a volume without air or without bone; a volume of one value
 * is black (there: a division by zero). Grays are cut down, not rounded. A slice is turned a quarter to the left and then mirrored.
 */
export const CT_HU_SLICES: Rendering = {
  summary: "NIfTI in Hounsfield units as an earlier 3-D search demo: ±1000, then stretched from lowest to highest",
  options: {},
  niftiCut: { along: ALONG_K, across: { axis: 0, isReversed: true }, down: { axis: 1, isReversed: true } },
  curve: (frame) => {
    const [low, high] = (frame.levels ?? minMax(frame)).map(shareOfHounsfield);
    return (measure) => ((shareOfHounsfield(measure) - low) * 255) / (high - low);
  },
  toGray: Math.trunc,
};

function shareOfHounsfield(measure: number): number {
  return (Math.min(1000, Math.max(-1000, measure)) + 1000) / 2000;
}

/**
 * The survival demo reads the first slice of a file, rows along i and columns along j, and means to stretch it between its percentiles 1
 * and 99; it asks for the percentiles 100 and 9900, and breaks off. Here is what it means, for each slice by itself.
 */
export const RADPATH_SLICE: Rendering = {
  summary: "a NIfTI slice as the survival demo means it: from its percentile 1 to 99, turned as the array lies",
  options: {},
  niftiCut: { along: ALONG_K, across: { axis: 1, isReversed: false }, down: { axis: 0, isReversed: false } },
  curve: (frame) => {
    const [low, high] = percentiles(frame, 1, 99);
    return (measure) => ((Math.min(high, Math.max(low, measure)) - low) / (high - low)) * 255;
  },
  toGray: Math.trunc,
};

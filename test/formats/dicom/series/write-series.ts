import { type Elements, writePicture } from "../write-dicom.ts";

export interface SliceOptions extends NonNullable<Parameters<typeof writePicture>[1]> {
  readonly series?: string;
  readonly number?: number;
  /** DICOM's axes: to the left, to the back, upwards. */
  readonly position?: readonly [number, number, number];
  readonly orientation?: readonly number[];
}

/** A DICOM file of one slice, by default axial; 16 bits. */
export function writeSlice(values: readonly number[], options: SliceOptions = {}): Uint8Array {
  const { series = "1.2.3", number = 1, position = [0, 0, number], orientation = [1, 0, 0, 0, 1, 0] } = options;
  const { more, ...picture } = options;
  const elements: Elements = {
    "00080018": ["UI", `${series}.${number}`],
    "0020000e": ["UI", series],
    "00200013": ["IS", `${number}`],
    "00200032": ["DS", position.join("\\")],
    "00200037": ["DS", orientation.join("\\")],
    "00280030": ["DS", "1\\1"],
    ...more,
  };
  return writePicture(values, { ...picture, more: elements });
}

/** One file of several frames with the places that an enhanced file gives to each. @param heights of the frames */
export function writeEnhanced(frames: readonly (readonly number[])[], heights: readonly number[], more: Elements = {}) {
  const perFrame: Elements[] = heights.map((height) => ({
    "00209113": ["SQ", [{ "00200032": ["DS", `0\\0\\${height}`] }]],
  }));
  const shared: Elements = {
    "00209116": ["SQ", [{ "00200037": ["DS", "1\\0\\0\\0\\1\\0"] }]],
    "00289110": ["SQ", [{ "00280030": ["DS", "1\\1"] }]],
  };
  return writePicture(frames.flat(), {
    more: {
      "00080018": ["UI", "1.2.9.1"],
      "0020000e": ["UI", "1.2.9"],
      "00280008": ["IS", `${frames.length}`],
      "52009229": ["SQ", [shared]],
      "52009230": ["SQ", perFrame],
      ...more,
    },
  });
}

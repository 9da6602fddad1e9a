import type { Levels, MonochromeFrame } from "../../formats/dicom/monochrome-frame.ts";
import type { Volume } from "../../formats/volume/volume.ts";
import { type ProfileChoice, profileRendering } from "../profiles.ts";
import { minMax, percentiles } from "./curves.ts";
import type { RenderingName } from "./renderings.ts";

type Options = Readonly<Record<string, number>>;

/** The renderings that look at all values before they show one: in a volume at all of its slices, so that these compare. */
const LEVELS: Readonly<
  Partial<Record<RenderingName, (frame: MonochromeFrame, options: Options) => Levels | undefined>>
> = {
  dicom: (frame) => (frame.voiTables.length + frame.windows.length > 0 ? undefined : minMax(frame)),
  percentile: (frame, { low, high }) => percentiles(frame, low!, high!),
  "ct-hu-slices": minMax,
};

/** What the profile's rendering takes from the whole of a volume; undefined where it takes nothing. */
export function volumeLevels(volume: Volume, profile: ProfileChoice): Levels | undefined {
  const { name, options } = profileRendering(profile);
  return LEVELS[name]?.(asFrame(volume), options);
}

/** What the lowest and the highest value measure, as `minMax` has it of a frame. */
export function volumeRange(volume: Volume): Levels {
  return minMax(asFrame(volume));
}

function asFrame({ voxels: values, shape: _, affine: __, findings: ___, ...display }: Volume): MonochromeFrame {
  return { ...display, values, width: values.length, height: 1 };
}

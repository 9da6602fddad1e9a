import { AGGREGATES, type AggregateName } from "../../applications/volumes/aggregate.ts";
import {
  parseVolumeSettings,
  splitVolumeProfile,
  type VolumeSettings,
} from "../../applications/volumes/volume-profile.ts";
import { MedembedError } from "../../errors.ts";

/** How a library makes one vector of a volume. */
export type LibraryVolumes = VolumeSettings & { readonly aggregate: AggregateName };

/** @param profile of the library @throws MedembedError "usage" for what is no profile of a library */
export function volumesOf(profile: string): LibraryVolumes {
  const { aggregate, ...others } = parseVolumeSettings(splitVolumeProfile(profile).settings);
  if (aggregate !== "none" && AGGREGATES[aggregate].isDirection) return { ...others, aggregate };
  throw new MedembedError("usage", `libraries compare by cosine, and ${aggregate} gives no vectors for that`);
}

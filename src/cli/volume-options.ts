import { AGGREGATES } from "../applications/volumes/aggregate.ts";
import {
  parseVolumeSettings,
  splitVolumeProfile,
  VOLUME_SETTINGS,
  type VolumeSettings,
} from "../applications/volumes/volume-profile.ts";
import { MedembedError } from "../errors.ts";
import { text } from "./options.ts";

export interface VolumeOptions {
  /** The profile of pictures; settings that `--profile` names with it, as records do, are taken out. */
  readonly profile: string | undefined;
  readonly settings: VolumeSettings;
  readonly isPerSeries: boolean;
  /** How many times as long as the model's vectors are those that are written. */
  readonly vectorLengths: number;
  /** Whether what they give has no likeness to the vector of a picture or text. */
  readonly isForVolumesAlone: boolean;
}

/** What `--per`, `--plane`, `--slices`, `--aggregate` and `--profile` say about volumes. @throws MedembedError "usage" */
export function volumeOptions(options: Readonly<Record<string, unknown>>): VolumeOptions {
  const { profile, settings: named } = splitVolumeProfile(text(options, "profile") ?? "");
  const given = Object.keys(VOLUME_SETTINGS).flatMap((name) => {
    const value = text(options, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const settings = parseVolumeSettings({ ...named, ...Object.fromEntries(given) });
  const per = text(options, "per") ?? "file";
  if (per !== "file" && per !== "series") {
    throw new MedembedError("usage", `--per ${per} is unknown; it can be file, series`);
  }
  const { lengths, isDirection } =
    settings.aggregate === "none" ? { lengths: 1, isDirection: true } : AGGREGATES[settings.aggregate];
  return {
    profile: profile || undefined,
    settings,
    isPerSeries: per === "series",
    vectorLengths: lengths,
    isForVolumesAlone: !isDirection,
  };
}

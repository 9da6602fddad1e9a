import { parseVolumeSettings, splitVolumeProfile } from "../../applications/volumes/volume-profile.ts";
import type { Look } from "../../library/show-picture.ts";
import { parseProfile } from "../../profiles/profiles.ts";

/** How files are shown whose vectors have this profile. @throws MedembedError "unknown-profile", "usage" */
export function lookOf(id: string): Look {
  const { profile, settings } = splitVolumeProfile(id);
  return { pictures: parseProfile(profile), plane: parseVolumeSettings(settings).plane };
}

import { PROFILES, parseProfile, profileId } from "../../profiles/profiles.ts";
import type { ImageParams } from "./parsed-call.ts";

/** A deployment's profile with the image options of one call. */
export interface CallProfile {
  readonly id: string;
  /** Whether the call names options that the profile does not have; they change nothing. */
  readonly ignoresParams: boolean;
}

export function chooseProfile(deployed: string, params: ImageParams): CallProfile {
  const profile = parseProfile(deployed);
  const given = Object.entries(params).filter(([, value]) => value !== undefined);
  const known = given.filter(([option]) => Object.hasOwn(PROFILES[profile.name].options, option));
  return {
    id: profileId({ ...profile, ...Object.fromEntries(known) }),
    ignoresParams: known.length < given.length,
  };
}

import { MedembedError } from "../../errors.ts";
import { PLANE_NAMES, type Plane } from "../../formats/volume/orientation.ts";
import { AGGREGATES, type AggregateName } from "./aggregate.ts";
import type { SliceChoice } from "./choose-slices.ts";

/** How a volume or series becomes vectors: of each slice its own, or one of all. */
export interface VolumeSettings {
  readonly plane: Plane;
  readonly slices: SliceChoice;
  readonly aggregate: AggregateName | "none";
}

const AGGREGATE_NAMES: readonly VolumeSettings["aggregate"][] = [
  ...(Object.keys(AGGREGATES) as AggregateName[]),
  "none",
];

/** More than any series has. */
const MAX_SLICES = 1_000_000;

interface Setting<Value> {
  readonly default: Value;
  /** Undefined for what is none. */
  readonly parse: (text: string) => Value | undefined;
  readonly known: string;
}

/** What each part of the settings can be. */
export const VOLUME_SETTINGS: { readonly [Name in keyof VolumeSettings]: Setting<VolumeSettings[Name]> } = {
  plane: oneOf(PLANE_NAMES, "acquired"),
  slices: { default: "all", parse: parseSlices, known: `all, centre or a number from 1 to ${MAX_SLICES}` },
  aggregate: oneOf(AGGREGATE_NAMES, "mean"),
};

const SETTING_NAMES = Object.keys(VOLUME_SETTINGS) as (keyof VolumeSettings)[];

/** @param texts what is not given is the default @throws MedembedError "usage" for what a part cannot be */
export function parseVolumeSettings(
  texts: { readonly [Name in keyof VolumeSettings]?: string | undefined },
): VolumeSettings {
  const parse = <Value>(name: keyof VolumeSettings, setting: Setting<Value>): Value => {
    const text = texts[name];
    const value = text === undefined ? setting.default : setting.parse(text);
    if (value === undefined) throw new MedembedError("usage", `${name} ${text} is unknown; it can be ${setting.known}`);
    return value;
  };
  return {
    plane: parse("plane", VOLUME_SETTINGS.plane),
    slices: parse("slices", VOLUME_SETTINGS.slices),
    aggregate: parse("aggregate", VOLUME_SETTINGS.aggregate),
  };
}

/**
 * The profile as records of volumes name it: that of their pictures, and of the settings what is not the default, e.g.
 * "direct;plane=coronal;aggregate=median". Vectors of different settings do not compare. Without aggregation each vector is that of one picture, and
 * the profile is the pictures' own.
 */
export function volumeProfile(profile: string, settings: VolumeSettings): string {
  if (settings.aggregate === "none") return profile;
  const changed = SETTING_NAMES.filter((name) => settings[name] !== VOLUME_SETTINGS[name].default);
  return [profile, ...changed.map((name) => `${name}=${settings[name]}`)].join(";");
}

/** Takes the settings out of a profile that `volumeProfile` has named. */
export function splitVolumeProfile(id: string): {
  readonly profile: string;
  readonly settings: { readonly [Name in keyof VolumeSettings]?: string };
} {
  const isOfVolumes = (part: string) => SETTING_NAMES.some((name) => part.startsWith(`${name}=`));
  const parts = id.split(";");
  const settings = parts.filter(isOfVolumes).map((part) => part.split("=", 2));
  return { profile: parts.filter((part) => !isOfVolumes(part)).join(";"), settings: Object.fromEntries(settings) };
}

function oneOf<Name extends string>(names: readonly Name[], usual: Name): Setting<Name> {
  return { default: usual, parse: (text) => names.find((name) => name === text), known: names.join(", ") };
}

function parseSlices(text: string): SliceChoice | undefined {
  if (text === "all") return "all";
  if (text === "centre") return 1;
  const count = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= MAX_SLICES ? count : undefined;
}

import { AGGREGATES } from "../applications/volumes/aggregate.ts";
import {
  parseRecipe,
  RECIPE_SETTINGS,
  splitVolumeProfile,
  type VolumeRecipe,
} from "../applications/volumes/volume-profile.ts";
import { MedembedError } from "../errors.ts";
import { text } from "./options.ts";

interface VolumeSettings {
  /** The profile of pictures; a recipe that `--profile` names with it, as records do, is taken out. */
  readonly profile: string | undefined;
  readonly recipe: VolumeRecipe;
  readonly isPerSeries: boolean;
  /** How many times as long as the model's vectors are those that are written. */
  readonly vectorLengths: number;
  /** Whether what the recipe gives has no likeness to the vector of a picture or text. */
  readonly isForVolumesAlone: boolean;
}

/** What `--per`, `--plane`, `--slices`, `--aggregate` and `--profile` say about volumes. @throws MedembedError "usage" */
export function volumeOptions(options: Readonly<Record<string, unknown>>): VolumeSettings {
  const { profile, recipe: named } = splitVolumeProfile(text(options, "profile") ?? "");
  const given = Object.keys(RECIPE_SETTINGS).flatMap((name) => {
    const value = text(options, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const recipe = parseRecipe({ ...named, ...Object.fromEntries(given) });
  const per = text(options, "per") ?? "file";
  if (per !== "file" && per !== "series") {
    throw new MedembedError("usage", `--per ${per} is unknown; it can be file, series`);
  }
  if (per === "series" && text(options, "dicomweb") !== undefined) {
    throw new MedembedError("usage", "--per series takes files, not --dicomweb");
  }
  const { lengths, isDirection } =
    recipe.aggregate === "none" ? { lengths: 1, isDirection: true } : AGGREGATES[recipe.aggregate];
  return {
    profile: profile || undefined,
    recipe,
    isPerSeries: per === "series",
    vectorLengths: lengths,
    isForVolumesAlone: !isDirection,
  };
}

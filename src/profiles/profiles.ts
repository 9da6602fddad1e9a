import { MedembedError } from "../errors.ts";
import type { Recipe } from "./recipes/recipe.ts";
import { parseRecipe, recipeOptions } from "./recipes/recipes.ts";
import { DEFAULT_RENDERING, RENDERINGS, type RenderingName, renderingOf } from "./renderings/renderings.ts";

type Options = Readonly<Record<string, { readonly default: number; readonly min: number; readonly max: number }>>;

interface Profile {
  readonly summary: string;
  readonly options: Options;
}

/** What every profile takes beside its own: how a DICOM file becomes a picture. Other files pay no attention to it. */
const DICOM_OPTIONS = {
  frame: { default: 1, min: 1, max: 1_000_000 },
} as const satisfies Options;

/**
 * The ways from an image to a model's input. Vectors of two profiles do not compare, so a profile never changes: one
 * that computes anything else gets a new name.
 */
export const PROFILES = {
  direct: {
    summary: "RGB, then bicubic to the input size; 16-bit gray is scaled from its full range",
    options: {},
  },
  "mi2-service": {
    summary: "as the MedImageInsight service: bicubic to 512x512, RGB, JPEG round trip, bicubic to the input size",
    options: {
      // More would only cost memory: the next step shrinks the picture again.
      standardSize: { default: 512, min: 1, max: 4096 },
      jpegQuality: { default: 75, min: 1, max: 100 },
    },
  },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof PROFILES;

/** A profile by name, with the options that differ from its own. */
export type ProfileChoice = FileChoice &
  {
    [Name in ProfileName]: { readonly name: Name } & {
      readonly [Option in keyof (typeof PROFILES)[Name]["options"]]?: number;
    };
  }[ProfileName];

/** What is done to a file before the profile's own steps. */
interface FileChoice {
  /** As a client would send it, e.g. "toolkit-480;parity=1". */
  readonly recipe?: string;
  /** How a DICOM file becomes a picture. */
  readonly rendering?: RenderingName;
  /** From 1. */
  readonly frame?: number;
  /** For renderings that have them. */
  readonly window?: number;
  readonly low?: number;
  readonly high?: number;
}

/** A rendering with every option of it, and the frame that is rendered. */
export interface ChosenRendering {
  readonly name: RenderingName;
  readonly options: Readonly<Record<string, number>>;
  readonly frame: number;
}

/**
 * The choice that an id names, such as "direct", "mi2-service;jpegQuality=95", "direct;rendering=ct-lung" or
 * "mi2-service;recipe=toolkit-480;window=40,400". Options that a recipe knows are its own.
 * @throws as `profileOptions`
 */
export function parseProfile(id: string): ProfileChoice {
  const [name, ...settings] = id.split(";");
  const pairs = settings.map((setting): Pair => [setting.split("=", 1)[0], setting.split(/=(.*)/s)[1] ?? ""]);
  const recipe = pairs.find(([option]) => option === "recipe")?.[1];
  const own = recipe === undefined ? [] : recipeOptions(recipe);
  const ofRecipe = pairs.filter(([option]) => own.includes(option)).map((pair) => pair.join("="));
  const others = pairs.filter(([option]) => option !== "recipe" && !own.includes(option));
  const profile = {
    name,
    ...(recipe !== undefined && { recipe: [recipe, ...ofRecipe].join(";") }),
    ...Object.fromEntries(
      others.map(([option, value]) => [option, option === "rendering" ? value : wholeNumber(value)]),
    ),
  } as ProfileChoice;
  profileOptions(profile);
  return profile;
}

type Pair = readonly [option: string, value: string];

function wholeNumber(text: string): number {
  return /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
}

/** The profile as records name it: options stand in it only where they differ from the profile's own. */
export function profileId(profile: ProfileChoice): string {
  const own = changed(profileOptions(profile), PROFILES[profile.name].options);
  return [profile.name, ...own, ...fileParts(profile)].join(";");
}

/** What of the id is about the file, before the profile's own steps. */
export function fileParts(profile: ProfileChoice): string[] {
  const { recipe, rendering, frame } = resolve(profile);
  return [
    ...(recipe ? [`recipe=${recipe.id}`] : []),
    ...(rendering.name === DEFAULT_RENDERING ? [] : [`rendering=${rendering.name}`]),
    ...changed(rendering.options, renderingOf(rendering.name).options),
    ...changed(frame, DICOM_OPTIONS),
  ];
}

/**
 * Every option of the chosen profile's own, in the table's order, as given or by default.
 * @throws MedembedError "unknown-profile"; "usage" for an option that the profile or its rendering lacks or a value out
 * of its range
 */
export function profileOptions(profile: ProfileChoice): Readonly<Record<string, number>> {
  return resolve(profile).own;
}

/** How the chosen profile makes a picture of a DICOM file. @throws as `profileOptions` */
export function profileRendering(profile: ProfileChoice): ChosenRendering {
  const { rendering, frame } = resolve(profile);
  return { ...rendering, frame: frame.frame! };
}

/** What is done to a file first, as a client would; undefined where it is taken as it is. @throws as `profileOptions` */
export function profileRecipe(profile: ProfileChoice): Recipe | undefined {
  return resolve(profile).recipe;
}

/** Whether the profile says how a DICOM file becomes a picture, if only by naming the default. @throws as `profileOptions` */
export function namesRendering(profile: ProfileChoice): boolean {
  return profile.rendering !== undefined || profileRecipe(profile)?.takes === "numbers";
}

function resolve({ name, recipe: recipeText = "raw-file", rendering = DEFAULT_RENDERING, ...given }: ProfileChoice) {
  if (!Object.hasOwn(PROFILES, name)) {
    throw new MedembedError("unknown-profile", `no profile "${name}"; known are ${Object.keys(PROFILES).join(", ")}`);
  }
  if (!Object.hasOwn(RENDERINGS, rendering)) {
    const known = Object.keys(RENDERINGS).join(", ");
    throw new MedembedError("usage", `no rendering "${rendering}"; known are ${known}`);
  }
  const recipe = parseRecipe(recipeText);
  // Renderings of NIfTI slices repeat clients who write pictures, and then follow a recipe.
  const isRendered = recipe?.takes !== "numbers" || renderingOf(rendering).niftiCut !== undefined;
  if (!isRendered && rendering !== DEFAULT_RENDERING) {
    throw new MedembedError("usage", `recipe ${recipe.id} makes its pictures itself and goes with no rendering`);
  }
  const tables = [PROFILES[name].options, isRendered ? renderingOf(rendering).options : {}, DICOM_OPTIONS] as const;
  for (const option of Object.keys(given)) {
    if (tables.some((options) => Object.hasOwn(options, option))) continue;
    const means = isRendered ? `rendering ${rendering}` : `recipe ${recipe.id}`;
    throw new MedembedError("usage", `profile ${name} with ${means} has no option "${option}"`);
  }
  const [own, ofRendering, frame] = tables.map((options) => withDefaults(options, given));
  if (Object.hasOwn(ofRendering, "low") && ofRendering.low >= ofRendering.high) {
    throw new MedembedError("usage", `rendering ${rendering} needs a low below its high`);
  }
  if (recipe && recipe.reading !== "medembed" && frame.frame !== 1) {
    throw new MedembedError("usage", `recipe ${recipe.id} knows the first frame only`);
  }
  return { own, recipe, rendering: { name: rendering, options: ofRendering }, frame };
}

/** @throws MedembedError "usage" */
function withDefaults(options: Options, given: Readonly<Record<string, number | undefined>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(options).map(([option, own]) => {
      const value = given[option] ?? own.default;
      if (!Number.isInteger(value) || value < own.min || value > own.max) {
        throw new MedembedError("usage", `${option} needs a whole number from ${own.min} to ${own.max}`);
      }
      return [option, value];
    }),
  );
}

function changed(values: Readonly<Record<string, number>>, options: Options): string[] {
  return Object.entries(values).flatMap(([name, value]) =>
    value === options[name].default ? [] : [`${name}=${value}`],
  );
}

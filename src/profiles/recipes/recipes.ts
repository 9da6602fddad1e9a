import { MedembedError } from "../../errors.ts";
import { advanced1090 } from "./advanced-10-90.ts";
import { finetune512Q95 } from "./finetune-512-q95.ts";
import { mcp512Jpeg } from "./mcp-512-jpeg.ts";
import type { Given } from "./options.ts";
import type { Recipe } from "./recipe.ts";
import { TOOLKIT_OPTIONS, toolkit480 } from "./toolkit-480.ts";

interface RecipeSpec {
  readonly summary: string;
  readonly options: readonly string[];
  /** Absent where nothing is done. */
  readonly open?: (given: Given) => Recipe;
}

/** What the known clients of MedImageInsight do to a picture before they send it. A recipe never changes: one that computes anything else gets a new name. */
export const RECIPES = {
  "raw-file": { summary: "the file as it is", options: [] },
  "toolkit-480": {
    summary: "healthcareai_toolkit: percentiles 1 to 99, 480x480 by cubic spline, PNG",
    options: TOOLKIT_OPTIONS,
    open: toolkit480,
  },
  "mcp-512-jpeg": {
    summary: "the MCP server: RGB, 512x512 bicubic, percentiles 5 to 95, JPEG of quality 75",
    options: ["parity"],
    open: mcp512Jpeg,
  },
  "advanced-10-90": {
    summary: "the advanced notebook: percentiles 10 to 90, full size, PNG",
    options: ["parity"],
    open: advanced1090,
  },
  "finetune-512-q95": {
    summary: "the fine-tuning notebook: 512x512 bicubic, RGB, JPEG of quality 95",
    options: ["parity"],
    open: finetune512Q95,
  },
} as const satisfies Record<string, RecipeSpec>;

type RecipeName = keyof typeof RECIPES;

/**
 * The recipe that a text names, such as "toolkit-480" or "toolkit-480;window=40,400;parity=1"; undefined for "raw-file".
 * @throws MedembedError "usage"
 */
export function parseRecipe(text: string): Recipe | undefined {
  const [name, ...settings] = text.split(";");
  const options = recipeOptions(name);
  const given = settings.map((setting) => setting.split(/=(.*)/s));
  for (const [option] of given) {
    if (!options.includes(option)) throw new MedembedError("usage", `recipe ${name} has no option "${option}"`);
  }
  const { open }: RecipeSpec = RECIPES[name as RecipeName];
  return open?.(Object.fromEntries(given.map(([option, value = ""]) => [option, value])));
}

/** The options of a recipe's own. @throws MedembedError "usage" */
export function recipeOptions(name: string): readonly string[] {
  if (!Object.hasOwn(RECIPES, name)) {
    throw new MedembedError("usage", `no recipe "${name}"; known are ${Object.keys(RECIPES).join(", ")}`);
  }
  return RECIPES[name as RecipeName].options;
}

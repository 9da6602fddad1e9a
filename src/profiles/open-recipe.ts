import { MedembedError } from "../errors.ts";
import { encodeJpeg } from "./jpeg-round-trip.ts";
import { fileParts, parseProfile, profileRecipe, profileRendering } from "./profiles.ts";
import { readForRecipe } from "./read-for-recipe.ts";
import type { Recipe } from "./recipes/recipe.ts";
import { writePng } from "./recipes/write-png.ts";
import { inColours } from "./to-rgb.ts";

/** A recipe for files. */
export interface FileRecipe {
  /** What stands behind the endpoint's own profile in the names of vectors, e.g. "recipe=toolkit-480;frame=3"; "" for raw-file. */
  readonly id: string;
  /** What its makers call the endpoint with. */
  readonly params: Recipe["params"];
  /**
   * Makes of a file, DICOM included, the PNG or JPEG file that is sent.
   * @throws MedembedError "unsupported-image", "corrupt-image", "image-too-large"
   */
  readonly prepare: (bytes: Uint8Array) => Promise<Uint8Array>;
}

/**
 * What a client does to its files before it sends them.
 * @param text e.g. "toolkit-480;window=40,400", "toolkit-480;frame=3" or "mcp-512-jpeg;rendering=ct-lung"
 * @throws MedembedError "usage"
 */
export function openRecipe(text: string): FileRecipe {
  const profile = parseProfile(`direct;recipe=${text}`); // any profile: its own steps are the endpoint's
  const id = fileParts(profile).join(";");
  const recipe = profileRecipe(profile);
  if (!recipe && id !== "") throw new MedembedError("usage", "raw-file sends files as they are and has no options");
  const rendering = profileRendering(profile);
  const prepare = async (bytes: Uint8Array) => {
    if (!recipe) return bytes;
    const picture = recipe.follow(await readForRecipe(bytes, recipe, rendering, "allowed"));
    return recipe.jpegQuality === undefined ? writePng(inColours(picture)) : encodeJpeg(picture, recipe.jpegQuality);
  };
  return { id, params: recipe?.params, prepare };
}

import { readImage } from "../formats/read-image.ts";
import { readMedicalImage } from "../formats/read-medical-image.ts";
import type { Image, Pixels } from "../image.ts";
import { jpegRoundTrip } from "./jpeg-round-trip.ts";
import { preparePixels } from "./prepare-pixels.ts";
import { type ProfileChoice, profileRecipe, profileRendering } from "./profiles.ts";
import { readForRecipe } from "./read-for-recipe.ts";
import type { Recipe } from "./recipes/recipe.ts";
import type { Raster, Size } from "./resize-bicubic.ts";

/** Where refused, DICOM files are no images. */
export type DicomRule = "allowed" | "refused";

/**
 * A file as a model takes it: read; where the profile has a recipe, made what a client would send; then the profile's own steps.
 * @throws MedembedError "unsupported-image", "corrupt-image", "image-too-large", "unknown-profile", "usage"
 */
export async function prepareFile(
  bytes: Uint8Array,
  profile: ProfileChoice,
  size: Size,
  dicom: DicomRule,
): Promise<Pixels> {
  const recipe = profileRecipe(profile);
  const rendering = profileRendering(profile);
  if (recipe) {
    const sent = recipe.follow(await readForRecipe(bytes, recipe, rendering, dicom));
    return preparePixels(await received(sent, recipe), profile, size);
  }
  const source = dicom === "allowed" ? await readMedicalImage(bytes, rendering.frame) : await readImage(bytes);
  return preparePixels(source, profile, size);
}

/** What the endpoint reads from the file that is sent. */
async function received(sent: Raster, { jpegQuality }: Recipe): Promise<Image> {
  const picture = jpegQuality === undefined ? sent : { ...(await jpegRoundTrip(sent, jpegQuality)), channels: 3 };
  return { ...picture, isIndexed: false, depth: 8 } as Image;
}

import type { MonochromeFrame } from "../formats/dicom/monochrome-frame.ts";
import { readImage } from "../formats/read-image.ts";
import { readMedicalImage } from "../formats/read-medical-image.ts";
import type { Image, PixelArray, Pixels } from "../image.ts";
import { jpegRoundTrip } from "./jpeg-round-trip.ts";
import { preparePixels } from "./prepare-pixels.ts";
import { type ProfileChoice, profileRecipe, profileRendering } from "./profiles.ts";
import { inputOfRecipe, readForRecipe } from "./read-for-recipe.ts";
import type { Recipe } from "./recipes/recipe.ts";
import { renderFrame } from "./renderings/render-frame.ts";
import type { Size } from "./resize-bicubic.ts";

/** Where refused, DICOM files are no images. */
type DicomRule = "allowed" | "refused";

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
  if (recipe) return prepareSent(await readForRecipe(bytes, recipe, rendering, dicom), recipe, profile, size);
  const source = dicom === "allowed" ? await readMedicalImage(bytes, rendering.frame) : await readImage(bytes);
  return preparePixels(source, profile, size);
}

/** The same for what was read of a DICOM file. @throws as `prepareFile` */
export async function prepareFrame(
  source: Image | MonochromeFrame,
  profile: ProfileChoice,
  size: Size,
): Promise<Pixels> {
  const recipe = profileRecipe(profile);
  if (!recipe) return preparePixels(source, profile, size);
  return prepareSent(inputOfRecipe(source, recipe, profileRendering(profile)), recipe, profile, size);
}

/** The same for a slice of a volume: clients write slices as pictures before they follow a recipe. @throws as `prepareFile` */
export async function prepareSlice(slice: MonochromeFrame, profile: ProfileChoice, size: Size): Promise<Pixels> {
  const recipe = profileRecipe(profile);
  if (!recipe) return preparePixels(slice, profile, size);
  const { name, options } = profileRendering(profile);
  return prepareSent(renderFrame(slice, name, options), recipe, profile, size);
}

/** What a client makes of a picture, as the endpoint reads and prepares it. */
async function prepareSent(pixels: PixelArray, recipe: Recipe, profile: ProfileChoice, size: Size): Promise<Pixels> {
  const sent = recipe.follow(pixels);
  const { jpegQuality } = recipe;
  const picture = jpegQuality === undefined ? sent : { ...(await jpegRoundTrip(sent, jpegQuality)), channels: 3 };
  return preparePixels({ ...picture, isIndexed: false, depth: 8 } as Image, profile, size);
}

import { type Look, openPicture, showPicture } from "./show-picture.ts";

/** Of the longer side, in pixels: sharp on a screen of double density. */
export const THUMBNAIL_SIDE = 320;

/**
 * A small JPEG for people to look at: of a picture, of the middle slice of a NIfTI file, or of a slice of a series, turned upright;
 * rendered as the profile renders it.
 * @param bytes a whole file
 * @param frame of the slice of a series, from 1; undefined for what is none
 * @throws MedembedError "unsupported-image", "corrupt-image", "image-too-large"
 */
export async function thumbnailOf(bytes: Uint8Array, look: Look, frame: number | undefined): Promise<Buffer> {
  return (await showPicture(await openPicture(bytes, look, frame), look, { side: THUMBNAIL_SIDE })).jpeg;
}

import { readMedicalImage } from "../formats/read-medical-image.ts";
import { sharp } from "../formats/sharp.ts";
import { type ProfileChoice, profileRendering } from "../profiles/profiles.ts";
import { renderFrame } from "../profiles/renderings/render-frame.ts";
import { to8Bit, toRgb } from "../profiles/to-rgb.ts";

/** Of the longer side, in pixels: sharp on a screen of double density. */
const THUMBNAIL_SIDE = 320;
const JPEG_QUALITY = 82;

/**
 * A small JPEG of a picture for people to look at, rendered as the profile renders it.
 * @param bytes a whole image or DICOM file
 * @throws MedembedError "unsupported-image", "corrupt-image", "image-too-large"
 */
export async function thumbnailOf(bytes: Uint8Array, profile: ProfileChoice): Promise<Buffer> {
  const { name, options, frame } = profileRendering(profile);
  const source = await readMedicalImage(bytes, frame);
  const image = "modality" in source ? renderFrame(source, name, options) : source;
  const picture = to8Bit(image, (sample) => Math.round(sample / 257));
  return sharp(toRgb(picture), { raw: { width: picture.width, height: picture.height, channels: 3 } })
    .resize({ width: THUMBNAIL_SIDE, height: THUMBNAIL_SIDE, fit: "inside", withoutEnlargement: true })
    .jpeg({ quality: JPEG_QUALITY })
    .toBuffer();
}

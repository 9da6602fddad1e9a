import type { MonochromeFrame } from "../formats/dicom/monochrome-frame.ts";
import { openDicom } from "../formats/dicom/open-dicom.ts";
import { readDicom } from "../formats/dicom/read-dicom.ts";
import { orderSeries } from "../formats/dicom/series/order-series.ts";
import { readSliceHeaders } from "../formats/dicom/series/slice-header.ts";
import { isVolumeFile } from "../formats/nifti/read-nifti.ts";
import { readMedicalImage } from "../formats/read-medical-image.ts";
import { sharp } from "../formats/sharp.ts";
import { countSlices, cutSlice, turnPicture } from "../formats/volume/cut-slice.ts";
import { cutOf, type Plane } from "../formats/volume/orientation.ts";
import type { Image } from "../image.ts";
import { openVolume } from "../preparation/open-volume.ts";
import { type ProfileChoice, profileRendering } from "../profiles/profiles.ts";
import { renderFrame } from "../profiles/renderings/render-frame.ts";
import { renderingOf } from "../profiles/renderings/renderings.ts";
import { to8Bit, toRgb } from "../profiles/to-rgb.ts";

/** Of the longer side, in pixels: sharp on a screen of double density. */
export const THUMBNAIL_SIDE = 320;
const JPEG_QUALITY = 82;

/** How files are shown, as their vectors were made. */
export interface Look {
  readonly pictures: ProfileChoice;
  /** In which the middle slice of a volume is cut. */
  readonly plane: Plane;
}

export interface ThumbnailOptions {
  /** Of the slice of a series, from 1; undefined for what is none. */
  readonly frame?: number | undefined;
  /** Of the longer side, in pixels; a picture that is smaller stays so. Default: `THUMBNAIL_SIDE`. */
  readonly side?: number | undefined;
}

/**
 * A small JPEG for people to look at: of a picture, of the middle slice of a NIfTI file, or of a slice of a series, turned upright;
 * rendered as the profile renders it.
 * @param bytes a whole file
 * @throws MedembedError "unsupported-image", "corrupt-image", "image-too-large"
 */
export async function thumbnailOf(
  bytes: Uint8Array,
  look: Look,
  { frame, side = THUMBNAIL_SIDE }: ThumbnailOptions = {},
): Promise<Buffer> {
  const { name, options } = profileRendering(look.pictures);
  const source = await open(bytes, look, frame);
  const image = "modality" in source ? renderFrame(source, name, options) : source;
  const picture = to8Bit(image, (sample) => Math.round(sample / 257));
  return sharp(toRgb(picture), { raw: { width: picture.width, height: picture.height, channels: 3 } })
    .resize({ width: side, height: side, fit: "inside", withoutEnlargement: true })
    .jpeg({ quality: JPEG_QUALITY })
    .toBuffer();
}

function open(bytes: Uint8Array, look: Look, frame: number | undefined): Promise<Image | MonochromeFrame> {
  if (isVolumeFile(bytes)) return middleOfVolume(bytes, look);
  if (frame === undefined) return readMedicalImage(bytes, profileRendering(look.pictures).frame);
  return openSlice(bytes, frame);
}

async function middleOfVolume(source: Uint8Array, { pictures, plane }: Look): Promise<MonochromeFrame> {
  const { volume, levels } = await openVolume({ source, profile: pictures });
  const cut = renderingOf(profileRendering(pictures).name).niftiCut ?? cutOf(volume.affine, plane);
  return { ...cutSlice(volume, cut, countSlices(volume, cut) >> 1), levels };
}

async function openSlice(bytes: Uint8Array, frame: number): Promise<Image | MonochromeFrame> {
  const headers = readSliceHeaders(openDicom(bytes), bytes.length);
  const [{ cut }] = orderSeries(headers.filter((header) => header.frame === frame)).slices;
  return turnPicture(readDicom(bytes, frame), cut);
}

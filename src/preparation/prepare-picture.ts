import type { MonochromeFrame } from "../formats/dicom/monochrome-frame.ts";
import { readDicom } from "../formats/dicom/read-dicom.ts";
import { readImage } from "../formats/read-image.ts";
import { readMedicalImage } from "../formats/read-medical-image.ts";
import { cutSlice, turnPicture } from "../formats/volume/cut-slice.ts";
import type { Image, Pixels } from "../image.ts";
import { preparePixels } from "../profiles/prepare-pixels.ts";
import { profileRendering } from "../profiles/profiles.ts";
import type { PictureRequest } from "./preparation.ts";
import { readSource } from "./read-source.ts";

/** @throws as `Preparation.prepare` */
export async function preparePicture(request: PictureRequest): Promise<Pixels> {
  return preparePixels(await readPicture(request), request.profile, request.size);
}

async function readPicture({ picture, profile, dicom }: PictureRequest): Promise<Image | MonochromeFrame> {
  if (picture instanceof Uint8Array) {
    return dicom === "allowed" ? readMedicalImage(picture, profileRendering(profile).frame) : readImage(picture);
  }
  if ("file" in picture) {
    const { file, frame, cut } = picture;
    return turnPicture(readDicom(await readSource(file), frame), cut);
  }
  const { volume, cut, index, levels } = picture;
  return { ...cutSlice(volume, cut, index), levels };
}

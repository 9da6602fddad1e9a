import { readDicom } from "../formats/dicom/read-dicom.ts";
import { cutSlice, turnPicture } from "../formats/volume/cut-slice.ts";
import type { Pixels } from "../image.ts";
import { prepareFile, prepareFrame, prepareSlice } from "../profiles/prepare-file.ts";
import type { PictureRequest } from "./preparation.ts";
import { readSource } from "./read-source.ts";

/** @throws as `Preparation.prepare` */
export async function preparePicture({ picture, profile, size, dicom }: PictureRequest): Promise<Pixels> {
  if (picture instanceof Uint8Array) return prepareFile(picture, profile, size, dicom);
  if ("file" in picture) {
    const { file, frame, cut } = picture;
    return prepareFrame(turnPicture(readDicom(await readSource(file), frame), cut), profile, size);
  }
  const { volume, cut, index, levels } = picture;
  return prepareSlice({ ...cutSlice(volume, cut, index), levels }, profile, size);
}

import type { Image } from "../image.ts";
import type { MonochromeFrame } from "./dicom/monochrome-frame.ts";
import { isDicom } from "./dicom/open-dicom.ts";
import { readDicom } from "./dicom/read-dicom.ts";
import { readImage } from "./read-image.ts";

/**
 * Reads what `readImage` reads, and DICOM files: a frame of grays as it is stored, which takes a rendering to become an image.
 * @param frame of a DICOM file, from 1; other files give their first whatever is asked for
 * @throws MedembedError "unsupported-image", "corrupt-image", "image-too-large"
 */
export async function readMedicalImage(bytes: Uint8Array, frame = 1): Promise<Image | MonochromeFrame> {
  return isDicom(bytes) ? readDicom(bytes, frame) : readImage(bytes);
}

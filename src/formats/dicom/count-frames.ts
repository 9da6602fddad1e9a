import { openDicom } from "./open-dicom.ts";
import { readPixelLayout } from "./pixel-layout.ts";

/** How many frames a DICOM file says that it has. @throws MedembedError "unsupported-image", "corrupt-image", "image-too-large" */
export function countFrames(bytes: Uint8Array): number {
  return readPixelLayout(openDicom(bytes).attributes).frames;
}

import { readImage } from "../formats/read-image.ts";
import { readMedicalImage } from "../formats/read-medical-image.ts";
import { preparePixels } from "../profiles/prepare-pixels.ts";
import { profileRendering } from "../profiles/profiles.ts";
import { answerRequests } from "../worker-thread.ts";
import type { PreparationRequest, PreparationResponse } from "./preparation.ts";

answerRequests<null, PreparationRequest, PreparationResponse>(() => async ({ bytes, profile, size, dicom }) => {
  const { frame } = profileRendering(profile);
  const image = dicom === "allowed" ? await readMedicalImage(bytes, frame) : await readImage(bytes);
  const pixels = await preparePixels(image, profile, size);
  return { response: pixels, transfer: [pixels.data.buffer as ArrayBuffer] };
});

import { prepareFile } from "../profiles/prepare-file.ts";
import { answerRequests } from "../worker-thread.ts";
import type { PreparationRequest, PreparationResponse } from "./preparation.ts";

answerRequests<null, PreparationRequest, PreparationResponse>(() => async ({ bytes, profile, size, dicom }) => {
  const pixels = await prepareFile(bytes, profile, size, dicom);
  return { response: pixels, transfer: [pixels.data.buffer as ArrayBuffer] };
});

import { readImage } from "../formats/read-image.ts";
import { preparePixels } from "../profiles/prepare-pixels.ts";
import { answerRequests } from "../worker-thread.ts";
import type { PreparationRequest, PreparationResponse } from "./preparation.ts";

answerRequests<null, PreparationRequest, PreparationResponse>(() => async ({ bytes, profile, size }) => {
  const pixels = await preparePixels(await readImage(bytes), profile, size);
  return { response: pixels, transfer: [pixels.data.buffer as ArrayBuffer] };
});

import type { TransferListItem } from "node:worker_threads";
import { answerRequests } from "../worker-thread.ts";
import { findSeries } from "./find-series.ts";
import { openVolume } from "./open-volume.ts";
import type { PreparationRequest, PreparationResponse, Tasks } from "./preparation.ts";
import { preparePicture } from "./prepare-picture.ts";

const ANSWERS: { [Kind in keyof Tasks]: (request: Tasks[Kind]["request"]) => Promise<Tasks[Kind]["response"]> } = {
  picture: preparePicture,
  volume: openVolume,
  series: findSeries,
};

answerRequests<null, PreparationRequest, PreparationResponse>(() => async ({ kind, ...request }) => {
  const answer = ANSWERS[kind] as (request: unknown) => Promise<PreparationResponse>;
  const response = await answer(request);
  const transfer: TransferListItem[] = "data" in response ? [response.data.buffer as ArrayBuffer] : [];
  return { response, transfer };
});

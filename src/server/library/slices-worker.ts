import { type FoundSlice, findSlices } from "../../library/find-slices.ts";
import type { LibraryRecord } from "../../library/record.ts";
import { answerRequests } from "../../worker-thread.ts";

/** Asks for the slices of a series. */
export type SlicesRequest = Required<Pick<LibraryRecord, "source" | "listing">>;

answerRequests<null, SlicesRequest, readonly FoundSlice[] | undefined>(() => async (request) => ({
  response: await findSlices(request),
}));

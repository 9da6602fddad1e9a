import type { Facts } from "../../facts.ts";
import { keyedHash } from "../../formats/identity-key.ts";
import { readFacts } from "../../formats/read-facts.ts";
import { answerRequests } from "../../worker-thread.ts";

/** Asks what the header of a DICOM file tells. */
export interface FactsRequest {
  /** A whole file. */
  readonly bytes: Uint8Array;
  /** Under which identities are hashed; without it they are left out. */
  readonly key: Uint8Array | undefined;
  /** From 1. */
  readonly frame: number;
}

answerRequests<null, FactsRequest, Facts>(() => async ({ bytes, key, frame }) => {
  if (key) return { response: readFacts(bytes, { identify: keyedHash(key), frame }) };
  const { patient, study, series, instance, ...response } = readFacts(bytes, { identify: () => "", frame });
  return { response };
});

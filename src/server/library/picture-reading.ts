import type { Patience } from "../../batcher.ts";
import type { Facts } from "../../facts.ts";
import { isDicom } from "../../formats/dicom/open-dicom.ts";
import { WorkerThread } from "../../worker-thread.ts";
import { ContentHash } from "../cache/content-hash.ts";
import type { FactsRequest } from "./facts-worker.ts";

/** Finds out what a library keeps of a picture beside its vector, without holding the event loop. */
export class PictureReading {
  readonly #hash = new ContentHash();
  /** Headers may be deflated, and are as long as whoever sends them wishes. */
  readonly #thread = new WorkerThread<FactsRequest, Facts>(new URL("./facts-worker.ts", import.meta.url), null);

  /** SHA-256 of the content, in hexadecimal: the id of a record that has no other. @throws MedembedError "cancelled" */
  idOf(bytes: Uint8Array, patience: Patience): Promise<string> {
    return this.#hash.of(bytes, patience);
  }

  /** What the header tells; nothing for a file that is not DICOM. @throws as `readFacts`; "engine-failed" */
  async factsOf(request: FactsRequest): Promise<Facts> {
    return isDicom(request.bytes) ? this.#thread.call(request) : {};
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}

import { LRUCache } from "lru-cache";
import { MedembedError } from "../../errors.ts";
import type { FoundSlice } from "../../library/find-slices.ts";
import { WorkerThread } from "../../worker-thread.ts";
import type { SlicesRequest } from "./slices-worker.ts";

/** Whoever goes through slices asks for the same series again and again; a few people look at a few. */
const KEPT_SERIES = 8;

/** Finds the slices of series, off the event loop: the headers of all files of a folder are read for it. */
export class SeriesSlices {
  readonly #thread = new WorkerThread<SlicesRequest, readonly FoundSlice[] | undefined>(
    new URL("./slices-worker.ts", import.meta.url),
    null,
  );
  /** Where they were found once; that no file has changed since is for whoever reads it. */
  readonly #kept = new LRUCache<string, Promise<readonly FoundSlice[]>>({ max: KEPT_SERIES });

  /**
   * In their order.
   * @throws MedembedError "no-route" where they are not those of the record any more, "image-too-large", "engine-failed"
   */
  of(series: SlicesRequest): Promise<readonly FoundSlice[]> {
    const key = `${series.listing} ${series.source}`;
    const kept = this.#kept.get(key);
    if (kept) return kept;
    const found = this.#find(series);
    this.#kept.set(key, found);
    found.catch(() => this.#kept.delete(key));
    return found;
  }

  close(): Promise<void> {
    return this.#thread.close();
  }

  async #find(series: SlicesRequest): Promise<readonly FoundSlice[]> {
    const slices = await this.#thread.call(series);
    if (slices) return slices;
    throw new MedembedError(
      "no-route",
      "the other slices are not shown: the files of the series have changed since, or do not all lie in one folder; add it again from one",
    );
  }
}

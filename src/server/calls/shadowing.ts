import { MedembedError } from "../../errors.ts";
import type { Endpoint } from "../endpoint.ts";
import type { LibraryVolumes } from "../library/library-volumes.ts";
import { chooseProfile } from "./choose-profile.ts";
import { embedRows, type RowQueue } from "./embed-rows.ts";
import type { ImageParams, ParsedRow } from "./parsed-call.ts";

const NOTHING = Buffer.alloc(0);

/** Copies a share of the calls to a shadow deployment: to see how it bears the load before anyone depends on it. */
export class Shadowing {
  /** Since the start. */
  readonly counts = {
    copied: 0,
    /** A row or the whole copy could not be computed. */
    failed: 0,
    /** Not copied: the shadow was not ready or had too much to do. */
    skipped: 0,
  };
  readonly #endpoint: Endpoint;
  readonly #queue: RowQueue;

  constructor(endpoint: Endpoint, queue: RowQueue) {
    this.#endpoint = endpoint;
    this.#queue = queue;
  }

  /** Returns at once; nobody waits for the copy, and what becomes of it is only counted. */
  copy(rows: readonly ParsedRow[], imageParams: ImageParams, volumes: LibraryVolumes | undefined): void {
    if (rows.length === 0) return;
    const shadow = this.#endpoint.shadow();
    if (!shadow) return;
    try {
      const serving = shadow.enter();
      this.counts.copied++;
      embedRows(rows, {
        queue: this.#queue,
        owner: this,
        embedder: serving.embedder,
        profile: chooseProfile(serving.embedder.profile, imageParams).id,
        write: () => NOTHING,
        signal: AbortSignal.timeout(serving.timeoutMs),
        onBegin: () => {},
        isTolerant: true,
        volumes,
      })
        .then((embedded) => {
          if (embedded.some(({ fault }) => fault)) this.counts.failed++;
        })
        .catch(() => {
          this.counts.failed++;
        })
        .finally(serving.leave);
    } catch (error) {
      if (!(error instanceof MedembedError)) throw error;
      this.counts.skipped++;
    }
  }
}

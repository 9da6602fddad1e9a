import type { Pixels } from "../image.ts";
import type { ProfileChoice } from "../profiles/profiles.ts";
import { WorkerPool } from "../worker-pool.ts";

export interface PreparationRequest {
  /** A whole image file. */
  readonly bytes: Uint8Array;
  readonly profile: ProfileChoice;
  /** Where refused, DICOM files are no images. */
  readonly dicom: "allowed" | "refused";
  readonly size: { readonly width: number; readonly height: number };
}

export type PreparationResponse = Pixels;

/** A few threads that read images and bring them to the size of the model, off the event loop. */
export class Preparation {
  /** How many pictures are prepared at a time. */
  readonly workers: number;
  readonly #pool: WorkerPool<PreparationRequest, PreparationResponse>;

  constructor(workers: number) {
    this.workers = workers;
    this.#pool = new WorkerPool(workers, new URL("./preparation-worker.ts", import.meta.url), null);
  }

  /**
   * bytes → Image → Pixels
   * @throws MedembedError "unsupported-image", "corrupt-image", "image-too-large"
   */
  prepare(request: PreparationRequest): Promise<Pixels> {
    return this.#pool.call(request);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

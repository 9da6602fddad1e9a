import type { Pixels } from "../image.ts";
import type { ProfileChoice } from "../profiles/profiles.ts";
import { WorkerThread } from "../worker-thread.ts";

export interface PreparationRequest {
  readonly bytes: Uint8Array;
  readonly profile: ProfileChoice;
  readonly size: { readonly width: number; readonly height: number };
}

export type PreparationResponse = Pixels;

/** A few threads that read images and bring them to the size of the model, off the event loop. */
export class Preparation {
  /** How many pictures are prepared at a time; more wait for their turn inside the threads. */
  readonly threads: number;
  readonly #threads: readonly WorkerThread<PreparationRequest, PreparationResponse>[];

  constructor(threads: number) {
    this.threads = threads;
    const script = new URL("./preparation-worker.ts", import.meta.url);
    this.#threads = Array.from({ length: threads }, () => new WorkerThread(script, null));
  }

  /**
   * bytes → Image → Pixels
   * @throws MedembedError "unsupported-image", "corrupt-image", "image-too-large"
   */
  prepare(request: PreparationRequest): Promise<Pixels> {
    const idlest = this.#threads.reduce((least, thread) => (thread.load < least.load ? thread : least));
    return idlest.call(request);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}

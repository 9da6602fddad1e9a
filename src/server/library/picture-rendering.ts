import { Batcher, oldest, type Patience } from "../../batcher.ts";
import { WorkerPool } from "../../worker-pool.ts";
import type { PictureRequest } from "./picture-worker.ts";

/** A page of small pictures waits for them; more threads would take the engine's cores. */
const THREADS = 2;

/** Renders pictures for people to look at, off the event loop; what nobody waits for any more is not begun. */
export class PictureRendering {
  readonly #pool = new WorkerPool<PictureRequest, Uint8Array>(
    THREADS,
    new URL("./picture-worker.ts", import.meta.url),
    null,
  );
  readonly #queue = new Batcher<PictureRequest, Uint8Array>({
    run: async ([request]) => [await this.#pool.call(request)],
    choose: oldest(1),
    concurrency: THREADS,
  });

  /**
   * @returns a JPEG
   * @throws MedembedError "cancelled", "engine-failed", "unsupported-image", "corrupt-image", "image-too-large", "not-found"
   */
  render(request: PictureRequest, patience: Patience): Promise<Uint8Array> {
    return this.#queue.submit(request, patience);
  }

  async close(): Promise<void> {
    await this.#queue.close();
    await this.#pool.close();
  }
}

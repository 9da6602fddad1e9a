import { Batcher, oldest, type Patience } from "../../batcher.ts";
import type { ShownPicture } from "../../library/show-picture.ts";
import { WorkerPool } from "../../worker-pool.ts";
import type { PictureRequest } from "./picture-worker.ts";

/** A page of small pictures waits for them; more threads would take the engine's cores. */
const THREADS = 2;

/** Renders pictures for people to look at, off the event loop; what nobody waits for any more is not begun. */
export class PictureRendering {
  readonly #pool = new WorkerPool<PictureRequest, ShownPicture>(
    THREADS,
    new URL("./picture-worker.ts", import.meta.url),
    null,
  );
  readonly #queue = new Batcher<PictureRequest, ShownPicture>({
    run: async ([request]) => [await this.#pool.call(request)],
    choose: oldest(1),
    concurrency: THREADS,
  });

  /**
   * @throws MedembedError "cancelled", "invalid-request", "engine-failed", "unsupported-image", "corrupt-image", "image-too-large", "not-found"
   */
  render(request: PictureRequest, patience: Patience): Promise<ShownPicture> {
    return this.#queue.submit(request, patience);
  }

  async close(): Promise<void> {
    await this.#queue.close();
    await this.#pool.close();
  }
}

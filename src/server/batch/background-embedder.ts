import type { BatchEmbedder } from "../../batch/embed-row.ts";
import { Batcher, oldest } from "../../batcher.ts";
import type { RowQueue } from "../calls/embed-rows.ts";

/**
 * Images and texts of a job in work. Two full batches of the engine keep it busy; what a caller sends meanwhile waits for no
 * more than these.
 */
const ITEMS_IN_WORK = 16;

type Embed = () => Promise<Float32Array>;

/** An embedder whose work takes turns with that of the callers, as if it were one more of them with a small call. */
export function backgroundEmbedder(embedder: BatchEmbedder, queue: RowQueue): BatchEmbedder {
  const owner = {};
  const places = new Batcher<Embed, Float32Array>({
    run: async ([embed]) => [await embed()],
    choose: oldest(1),
    concurrency: ITEMS_IN_WORK,
  });
  const inTurn = (embed: Embed, signal: AbortSignal | undefined) =>
    places.submit(
      async () => {
        let vector: Float32Array | undefined;
        const run = async () => {
          vector = await embed();
          return {};
        };
        await queue.submit({ owner, run }, { signal });
        return vector!;
      },
      { signal },
    );
  return {
    card: embedder.card,
    profile: embedder.profile,
    embedImage: (bytes, options) => inTurn(() => embedder.embedImage(bytes, options), options?.signal),
    embedText: (text, patience) => inTurn(() => embedder.embedText(text, patience), patience?.signal),
  };
}

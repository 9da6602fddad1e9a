import { type ServingEmbedder, TEST_IMAGE } from "../deployment.ts";

/** Long enough to average over, short enough to wait for at the start. */
const ENOUGH_MS = 150;
/** Fills every batch that an engine forms, twice over. */
const MAX_IMAGES = 128;

/**
 * How many images a second an engine manages at its best: each round has twice the images of the one before, until one at the best
 * rate takes long enough. Of a large model these are three images, of the default model some thirty. A round in which threads
 * had to start is slow and counts for nothing.
 * @param embedder that has embedded something before, and has nothing else to do
 * @param now a clock in ms
 */
export async function measurePeak(
  embedder: Pick<ServingEmbedder, "embedImage">,
  now: () => number = () => performance.now(),
): Promise<number> {
  for (let images = 1, best = 0; ; images *= 2) {
    const startedAt = now();
    await Promise.all(Array.from({ length: images }, () => embedder.embedImage(TEST_IMAGE)));
    best = Math.max(best, (1000 * images) / (now() - startedAt));
    const isEnough = images > 1 && (1000 * images) / best >= ENOUGH_MS;
    if (isEnough || images === MAX_IMAGES) return best;
  }
}

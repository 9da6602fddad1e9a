import { systemClock } from "../clock.ts";
import { Library } from "../library/library.ts";
import type { ShardQueue } from "./bullmq.ts";
import { type QueueOptions, runByQueue } from "./run-by-queue.ts";
import type { LibrarySpec } from "./run-spec.ts";
import { cutShards, type ShardInput, type ShardSize } from "./shard.ts";
import { type ManifestCounts, writeManifest } from "./write-manifest.ts";

const TIDY_LOOK_MS = 200;
/** A job that nobody takes for so long is done here: the workers may be gone as soon as no shard is left. */
const TIDY_UNATTENDED_MS = 5_000;

export interface AddByQueueOptions extends QueueOptions {
  readonly spec: LibrarySpec;
  readonly size: ShardSize;
  /** The inputs, in the same order each time. */
  readonly list: () => AsyncIterable<ShardInput>;
  readonly manifest: string;
}

/**
 * Has workers add inputs to a library, and waits until the library and the manifest say what has become of each.
 * @returns undefined when it was left before its end
 * @throws MedembedError as `runByQueue`; "wrong-space", "write-failed"
 */
export async function addByQueue(options: AddByQueueOptions): Promise<ManifestCounts | undefined> {
  const { spec, size, list, manifest: path, signal } = options;
  const library = await Library.openOrCreate({ uri: spec.library }, spec.head);
  try {
    return await runByQueue({
      ...options,
      shards: () => cutShards(list(), size),
      conclude: async ({ run, runs, queue, end, planned }) => {
        const isLate = end === "late";
        const { counts, faulty } = await writeManifest({ runs, queue, library }, { path, run, spec, planned, isLate });
        const isUnfinished = counts.left > 0;
        if (faulty.length === 0 && !isUnfinished) await tidy(queue, library, run, signal);
        return { result: counts, faulty, isUnfinished };
      },
    });
  } finally {
    await library.close();
  }
}

/** Behind the last commit, by a worker if there is one: it may take minutes of all cores. */
async function tidy(queue: ShardQueue, library: Library, run: string, signal: AbortSignal): Promise<void> {
  const job = await queue.tidy(run, library.uri);
  for (let unattended = 0; unattended < TIDY_UNATTENDED_MS && !signal.aborted; ) {
    const { isThere, isInWork } = await queue.look(job);
    if (!isThere) break;
    unattended = isInWork ? 0 : unattended + TIDY_LOOK_MS;
    await systemClock.sleep(TIDY_LOOK_MS, signal).catch(() => {});
  }
  if (!signal.aborted) await library.tidy(); // nothing is left to do where a worker has done it
}

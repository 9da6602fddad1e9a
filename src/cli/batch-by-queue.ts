import { setMaxListeners } from "node:events";
import type { BatchFolders } from "../batch/batch-folder.ts";
import { makerOf } from "../batch/run-batch.ts";
import { openBundle } from "../convert/open-bundle.ts";
import { batchByQueue } from "../queue/batch-by-queue.ts";
import { connectRedis } from "../redis/redis.ts";
import { tellBatch, tellFailure } from "./batch.ts";
import { modelOptions } from "./options.ts";
import { Progress } from "./progress.ts";
import { modelPlace, runOptions } from "./queue/run-options.ts";
import { MOST_ROWS_A_SHARD } from "./queue/shard-sizes.ts";
import { showState } from "./queue/show-state.ts";

/** Both shards that a worker has are in its memory, decoded and not. */
const BYTES_A_SHARD = 16 * 2 ** 20;

/** `batch --queue`: the rows are embedded by workers, here they are planned, watched and put together. @returns the exit code */
export async function batchThroughQueue(
  folders: BatchFolders,
  options: Readonly<Record<string, unknown>>,
): Promise<0 | 1> {
  const { address, priority, deadline, inputsAShard } = runOptions(options, MOST_ROWS_A_SHARD);
  const { profile: chosen, ...engine } = modelOptions(options);
  const { card } = await openBundle(engine);
  const maker = makerOf({ card, profile: chosen ?? card.defaultProfile });
  const interruption = new AbortController();
  const { signal } = interruption;
  setMaxListeners(0, signal);
  const interrupt = () => interruption.abort();
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  const progress = new Progress("rows");
  const note = (message: string) => progress.note(message);
  const redis = await connectRedis(address, { note });
  try {
    const summary = await batchByQueue({
      ...folders,
      redis,
      engine: { maker, model: await modelPlace(options), precision: card.precision, profile: maker.profile },
      scalingFactor: card.logitScale,
      size: { inputs: inputsAShard, bytes: BYTES_A_SHARD },
      priority,
      deadline,
      onState: showState(progress, "rows"),
      onFailure: tellFailure(progress),
      note,
      signal,
    });
    if (!summary) {
      note(
        "interrupted; the workers go on, and the same command again waits for the end and puts the outputs together",
      );
      return 1;
    }
    const { run, left } = summary;
    tellBatch(summary, { outFolder: folders.outFolder, progress, isJson: options.json === true });
    if (left > 0) note(`the same command again goes on with run ${run}`);
    return summary.failed + left > 0 ? 1 : 0;
  } finally {
    redis.disconnect();
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}

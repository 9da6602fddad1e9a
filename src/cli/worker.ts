import { BatchWork } from "../queue/batch-work.ts";
import { ShardQueue } from "../queue/bullmq.ts";
import { LibraryWork } from "../queue/library-work.ts";
import { ShardWorker } from "../queue/shard-worker.ts";
import { WorkerMetrics } from "../queue/worker-metrics.ts";
import { connectRedis } from "../redis/redis.ts";
import { openDicomWeb } from "./dicomweb.ts";
import type { Run } from "./flags.ts";
import { openIdentify } from "./library/identities.ts";
import { modelOptions, text, wholeNumber } from "./options.ts";
import { openBatchEngine } from "./queue/open-batch-engine.ts";
import { openLibraryEngine } from "./queue/open-library-engine.ts";
import { queueAddress } from "./queue/queue-options.ts";
import { serveMetrics } from "./queue/serve-metrics.ts";
import { returnFreedMemory } from "./return-freed-memory.ts";

const DEFAULT_LEASE_S = 30;
/** After SIGTERM: what is embedded is stored by then, unless the queue or the library is away. */
const LAST_RESORT_MS = 60_000;

export const worker: Run = async (_, options) => {
  await returnFreedMemory();
  const address = queueAddress(options, process.env);
  const leaseMs = (wholeNumber(options, "lease", 2, 3_600) ?? DEFAULT_LEASE_S) * 1000;
  const engine = modelOptions(options);
  const identify = await openIdentify(options);
  const note = (message: string) => console.error(message);
  const server = openDicomWeb(options, note);
  const redis = await connectRedis(address, { isPatient: true, note });
  const queue = new ShardQueue(redis);
  const metrics = new WorkerMetrics(queue);
  const metricsAt = text(options, "metrics");
  const metricsServer =
    metricsAt === undefined ? undefined : await serveMetrics(metricsAt, metrics.registry).catch(fail);
  const told = new Promise<void>((resolve) => {
    process.once("SIGINT", resolve).once("SIGTERM", resolve); // a second one ends the process at once
  });
  const shards = new ShardWorker({
    redis,
    work: {
      library: new LibraryWork({
        redis,
        openEngine: (spec, signal) => openLibraryEngine(spec, { engine, identify, server }, signal),
      }),
      batch: new BatchWork((spec) => openBatchEngine(spec, engine)),
    },
    leaseMs,
    onShard: (line) => {
      metrics.record(line);
      note(JSON.stringify(line));
    },
  });
  note(
    `${shards.name} waits for shards at ${address.shown}${metricsServer ? `; metrics at ${metricsServer.url}` : ""}`,
  );
  try {
    await Promise.race([told, shards.broken]);
  } finally {
    setTimeout(() => process.exit(1), LAST_RESORT_MS).unref();
    metricsServer?.close();
    await shards.stop();
    await queue.close();
    redis.disconnect();
  }
  return 0;

  function fail(error: unknown): never {
    redis.disconnect();
    throw error;
  }
};

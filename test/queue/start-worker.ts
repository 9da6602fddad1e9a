import { after } from "node:test";
import type { ShardLine } from "../../src/queue/shard-line.ts";
import { ShardWorker, type ShardWorkerOptions } from "../../src/queue/shard-worker.ts";

/** A worker in this process that tries again soon; it is stopped with the tests of the file if not before. */
export function startWorker(options: Pick<ShardWorkerOptions, "redis" | "name" | "work" | "leaseMs">) {
  const lines: ShardLine[] = [];
  const worker = new ShardWorker({ ...options, onShard: (line) => lines.push(line), firstWaitMs: 5 });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= worker.stop();
    return stopped;
  };
  after(stop);
  return { lines, stop, broken: worker.broken };
}

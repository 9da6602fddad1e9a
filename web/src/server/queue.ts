import type {
  QueueRun,
  QueueStatus,
  QueueWorker,
  RunPage,
  WorkerPage,
} from "../../../src/server/queue/describe-queue.ts";
import { askJson } from "./ask.ts";

export type { QueueRun, QueueWorker };

export type ShardLine = RunPage["lines"][number];

/** What is under way, and who is at it. @throws as `ask`; 404 where the server has no queue, 503 while that is away */
export async function queueStatus(signal: AbortSignal) {
  const [status, { workers }] = await Promise.all([
    askJson<QueueStatus>("queue/runs", { signal }),
    askJson<{ readonly workers: readonly QueueWorker[] }>("queue/workers", { signal }),
  ]);
  return { status, workers };
}

/** @throws as `queueStatus`; 404 for a run that is over, too */
export function runPage(run: string, signal: AbortSignal): Promise<RunPage> {
  return askJson(`queue/runs/${encodeURIComponent(run)}`, { signal });
}

/** @throws as `queueStatus`; 404 for a worker that has ended, too */
export function workerPage(worker: string, signal: AbortSignal): Promise<WorkerPage> {
  return askJson(`queue/workers/${encodeURIComponent(worker)}`, { signal });
}

import type { BatchProgress } from "../../batch/run-batch.ts";

export interface Pace {
  readonly rowsPerSecond: number;
  /** Follows from the share of bytes that is read: how many rows are to come is not known. */
  readonly secondsLeft: number;
}

/** How fast a batch has been since the first report of this run, and what is left at that; nothing before it has done anything. */
export function paceOf(first: BatchProgress, now: BatchProgress, ms: number): Pace | undefined {
  const [rows, bytes] = [now.rows - first.rows, now.bytes - first.bytes];
  if (rows <= 0 || bytes <= 0 || ms <= 0) return undefined;
  const seconds = ms / 1000;
  return {
    rowsPerSecond: Math.round((rows / seconds) * 10) / 10,
    secondsLeft: Math.ceil(((now.totalBytes - now.bytes) / bytes) * seconds),
  };
}

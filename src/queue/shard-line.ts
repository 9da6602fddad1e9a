/** What is told of a time that a worker had a shard: a line of its log. Nothing in it says which files they were. */
export interface ShardLine {
  /** When it ended, as ISO 8601. */
  readonly time: string;
  readonly worker: string;
  readonly run: string;
  readonly shard: string;
  /** given back: the worker stops; again: it failed, and comes back after a while; late: it was not begun. */
  readonly end: "settled" | "split" | "given back" | "again" | "given up" | "late";
  /** Which time it was, counted from 1; a worker that was lost with it counts. */
  readonly attempt: number;
  readonly inputs: number;
  readonly bytes: number;
  readonly stored: number;
  readonly known: number;
  readonly failed: number;
  readonly seconds: number;
  readonly commitSeconds: number;
  /** Of the library, with the commit; absent where there was nothing to commit. */
  readonly version?: number;
  readonly reason?: string;
}

import { channel } from "node:diagnostics_channel";
import { MedembedError } from "./errors.ts";

/** Tells whoever watches from outside of each batch that has run, as a `BatchRun`; without a listener it costs nothing. */
export const BATCHES = channel("medembed:batch");
/** Tells of each item that was dropped before its turn, as a `BatcherName`. */
export const DROPPED_ITEMS = channel("medembed:dropped-item");

/** Which batcher it is, for those who watch. */
export interface BatcherName {
  readonly queue: string;
  /** Whose it is, where there are several of one name. */
  readonly owner: string;
}

export interface BatchRun extends BatcherName {
  readonly items: number;
  readonly ms: number;
}

/** Who may stop waiting for an item, and when. */
export interface Patience {
  /** The caller has left. */
  readonly signal?: AbortSignal | undefined;
  /** On the clock of `performance.now()`, in ms. */
  readonly deadline?: number | undefined;
  /** Called when the item's turn has come: the end of its waiting. */
  readonly onBegin?: (() => void) | undefined;
}

export interface BatcherOptions<Item, Result> {
  /** Computes one result an item, in order. */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>;
  /**
   * Chooses the next batch: the indices of at least one waiting item, the oldest among them so that none starves.
   * @param waiting oldest first, never empty
   */
  readonly choose: (waiting: readonly Item[]) => readonly number[];
  /** Batches that may run at a time. Default: 1. */
  readonly concurrency?: number;
  /** Without a name nobody is told of its batches. */
  readonly name?: BatcherName;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly deadline: number;
  readonly onBegin: (() => void) | undefined;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Batches form because the engine is busy, not because a timer fired: a lone item runs at once, and while one batch runs
 * the next collects. An item whose caller has left or whose deadline has passed is dropped before it costs anything.
 */
export class Batcher<Item, Result> {
  readonly #options: BatcherOptions<Item, Result>;
  readonly #running = new Set<Promise<void>>();
  #waiting: Waiting<Item, Result>[] = [];
  #isScheduled = false;
  #isClosed = false;

  constructor(options: BatcherOptions<Item, Result>) {
    this.#options = options;
  }

  /** @throws MedembedError "cancelled", "deadline-passed", "closed", or what the batch failed with */
  submit(item: Item, { signal, deadline = Number.POSITIVE_INFINITY, onBegin }: Patience = {}): Promise<Result> {
    if (this.#isClosed) return Promise.reject(new MedembedError("closed", "no more work is taken"));
    if (signal?.aborted) return Promise.reject(cancelled());
    return new Promise((resolve, reject) => {
      const entry = { item, deadline, onBegin, resolve, reject };
      if (signal) {
        const leave = () => {
          const others = this.#waiting.filter((other) => other !== entry);
          if (others.length < this.#waiting.length) this.#tellDropped();
          this.#waiting = others;
          reject(cancelled());
        };
        signal.addEventListener("abort", leave, { once: true });
        entry.resolve = (result) => {
          signal.removeEventListener("abort", leave);
          resolve(result);
        };
        entry.reject = (error) => {
          signal.removeEventListener("abort", leave);
          reject(error);
        };
      }
      this.#waiting.push(entry);
      this.#schedule();
    });
  }

  /** Takes no more items and waits for those it has. */
  async close(): Promise<void> {
    this.#isClosed = true;
    while (this.#isScheduled || this.#running.size > 0) await Promise.all(this.#running);
  }

  /** At the end of the turn, so that items submitted together share a batch. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#startBatches();
    });
  }

  #startBatches(): void {
    const { concurrency = 1 } = this.#options;
    this.#dropLate();
    while (this.#running.size < concurrency && this.#waiting.length > 0) {
      const batch = this.#runBatch(this.#takeBatch()).then(() => {
        this.#running.delete(batch);
        this.#schedule();
      });
      this.#running.add(batch);
    }
  }

  #dropLate(): void {
    const now = performance.now();
    const late = this.#waiting.filter(({ deadline }) => deadline <= now);
    if (late.length === 0) return;
    this.#waiting = this.#waiting.filter(({ deadline }) => deadline > now);
    for (const { reject } of late) {
      this.#tellDropped();
      reject(new MedembedError("deadline-passed", "the deadline passed before the item's turn"));
    }
  }

  #tellDropped(): void {
    if (this.#options.name) DROPPED_ITEMS.publish(this.#options.name);
  }

  #takeBatch(): Waiting<Item, Result>[] {
    const chosen = new Set(this.#options.choose(this.#waiting.map(({ item }) => item)));
    const batch = this.#waiting.filter((_, index) => chosen.has(index));
    this.#waiting = this.#waiting.filter((_, index) => !chosen.has(index));
    if (batch.length === 0) throw new Error("choose() took no waiting item");
    return batch;
  }

  async #runBatch(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    const startedAt = performance.now();
    try {
      for (const { onBegin } of batch) onBegin?.();
      const results = await this.#options.run(batch.map(({ item }) => item));
      if (results.length !== batch.length) throw new Error(`a batch of ${batch.length} gave ${results.length} results`);
      for (const [i, { resolve }] of batch.entries()) resolve(results[i]);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      const { name } = this.#options;
      if (name && BATCHES.hasSubscribers) {
        const run: BatchRun = { ...name, items: batch.length, ms: performance.now() - startedAt };
        BATCHES.publish(run);
      }
    }
  }
}

/** The oldest items, as many as fit. */
export function oldest<Item>(maxItems: number): (waiting: readonly Item[]) => number[] {
  return (waiting) => Array.from({ length: Math.min(maxItems, waiting.length) }, (_, index) => index);
}

/**
 * The oldest text and others of exactly its length, up to a number of tokens: nothing is padded, so a vector has the
 * same bits whatever its neighbours are.
 */
export function sameLength<Item extends { readonly length: number }>(
  maxTokens: number,
): (waiting: readonly Item[]) => number[] {
  return (waiting) => {
    const { length } = waiting[0];
    const alike = waiting.flatMap((item, index) => (item.length === length ? [index] : []));
    return alike.slice(0, Math.max(1, Math.floor(maxTokens / length)));
  };
}

function cancelled(): MedembedError {
  return new MedembedError("cancelled", "the caller stopped waiting");
}

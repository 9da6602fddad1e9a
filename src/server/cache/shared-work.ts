import type { Patience } from "../../batcher.ts";
import { MedembedError } from "../../errors.ts";

/** Node's timers wait no longer (they would fire at once): 24 days, which is for ever. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Does the work, unless `signal` tells that nobody waits for it any more; calls `onBegin` when its turn has come. */
type DoWork<Result> = (patience: { readonly signal: AbortSignal; readonly onBegin: () => void }) => Promise<Result>;

/**
 * Equal work in flight is done once. Who joins waits for the same result or error, with a patience of their own: one who
 * leaves changes nothing for the others, and when all have left the work is dropped and the next to ask starts it anew.
 */
export class SharedWork<Result> {
  readonly #inFlight = new Map<string, Work<Result>>();

  has(key: string): boolean {
    return this.#inFlight.has(key);
  }

  /**
   * @param key equal for equal work
   * @param doWork called only when no equal work is in flight
   * @throws MedembedError "cancelled", "deadline-passed"; what the work failed with
   */
  async join(key: string, patience: Patience, doWork: DoWork<Result>): Promise<Result> {
    if (patience.signal?.aborted) throw cancelled();
    if ((patience.deadline ?? Number.POSITIVE_INFINITY) <= performance.now()) throw deadlinePassed();
    const known = this.#inFlight.get(key);
    if (known) return known.wait(patience);
    const work = new Work<Result>(() => {
      if (this.#inFlight.get(key) === work) this.#inFlight.delete(key); // what was dropped may end after its successor began
    });
    this.#inFlight.set(key, work);
    const result = work.wait(patience);
    work.run(doWork);
    return result;
  }
}

interface Sharer<Result> {
  readonly onBegin: (() => void) | undefined;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** One piece of work and those who wait for it. */
class Work<Result> {
  readonly #sharers = new Set<Sharer<Result>>();
  readonly #controller = new AbortController();
  readonly #onOver: () => void;
  #hasBegun = false;

  /** @param onOver called when the work is done, has failed, or is dropped */
  constructor(onOver: () => void) {
    this.#onOver = onOver;
  }

  wait({ signal, deadline = Number.POSITIVE_INFINITY, onBegin }: Patience): Promise<Result> {
    if (this.#hasBegun) onBegin?.();
    return new Promise((resolve, reject) => {
      const leaveCancelled = () => this.#leave(sharer, cancelled());
      const leaveLate = () => this.#leave(sharer, deadlinePassed());
      const waitMs = deadline - performance.now();
      const timer = waitMs <= MAX_TIMER_MS ? setTimeout(leaveLate, waitMs) : undefined;
      signal?.addEventListener("abort", leaveCancelled, { once: true });
      const stopWatching = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", leaveCancelled);
      };
      const sharer: Sharer<Result> = {
        onBegin,
        resolve: (result) => {
          stopWatching();
          resolve(result);
        },
        reject: (error) => {
          stopWatching();
          reject(error);
        },
      };
      this.#sharers.add(sharer);
    });
  }

  async run(doWork: DoWork<Result>): Promise<void> {
    try {
      const result = await doWork({ signal: this.#controller.signal, onBegin: () => this.#begin() });
      this.#onOver();
      for (const { resolve } of this.#sharers) resolve(result);
    } catch (error) {
      this.#onOver();
      for (const { reject } of this.#sharers) reject(error);
    }
  }

  #begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    for (const { onBegin } of this.#sharers) onBegin?.();
  }

  #leave(sharer: Sharer<Result>, error: MedembedError): void {
    this.#sharers.delete(sharer);
    sharer.reject(error);
    if (this.#sharers.size > 0) return;
    this.#onOver();
    this.#controller.abort(error);
  }
}

function cancelled(): MedembedError {
  return new MedembedError("cancelled", "the caller stopped waiting");
}

function deadlinePassed(): MedembedError {
  return new MedembedError("deadline-passed", "the deadline passed before the result was there");
}

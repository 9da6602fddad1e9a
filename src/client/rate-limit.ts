import type { Clock } from "../clock.ts";

export interface Rate {
  readonly calls: number;
  readonly periodMs: number;
}

/** Lets no more than so many calls start in any period; who comes later waits, in order. */
export class RateLimit {
  readonly #rate: Rate;
  readonly #clock: Clock;
  /** When the last calls started or will; no more than one period needs. */
  readonly #starts: number[] = [];

  constructor(rate: Rate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
  }

  /** @throws the signal's reason */
  async take(signal?: AbortSignal): Promise<void> {
    const { calls, periodMs } = this.#rate;
    const now = this.#clock.now();
    const oldest = this.#starts.length < calls ? undefined : this.#starts.shift();
    const start = oldest === undefined ? now : Math.max(now, oldest + periodMs);
    this.#starts.push(start);
    if (start > now) await this.#clock.sleep(start - now, signal);
  }
}

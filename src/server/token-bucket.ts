const MINUTE_MS = 60_000;

/** So many a minute: a whole minute's worth at once, after that as fast as they come back, one by one. */
export class TokenBucket {
  readonly perMinute: number;
  readonly #now: () => number;
  #level: number;
  #filledAt: number;

  /** @param now a clock in ms */
  constructor(perMinute: number, now: () => number = () => performance.now()) {
    this.perMinute = perMinute;
    this.#now = now;
    this.#level = perMinute;
    this.#filledAt = now();
  }

  /** Takes one, if there is one. @returns the ms until there will be one; 0 when it was taken */
  take(): number {
    const now = this.#now();
    const perMs = this.perMinute / MINUTE_MS;
    this.#level = Math.min(this.perMinute, this.#level + (now - this.#filledAt) * perMs);
    this.#filledAt = now;
    if (this.#level < 1) return (1 - this.#level) / perMs;
    this.#level--;
    return 0;
  }
}

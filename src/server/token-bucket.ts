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

  /** How many can be taken at once. */
  get left(): number {
    this.#fill();
    return Math.floor(this.#level);
  }

  /** Takes one, if there is one. @returns the ms until there will be one; 0 when it was taken */
  take(): number {
    this.#fill();
    if (this.#level < 1) return (1 - this.#level) / this.#perMs;
    this.#level--;
    return 0;
  }

  /** Takes over what is known elsewhere of the same bucket. @param level how many can be taken, with fractions */
  set level(level: number) {
    this.#level = level;
    this.#filledAt = this.#now();
  }

  get #perMs(): number {
    return this.perMinute / MINUTE_MS;
  }

  #fill(): void {
    const now = this.#now();
    this.#level = Math.min(this.perMinute, this.#level + (now - this.#filledAt) * this.#perMs);
    this.#filledAt = now;
  }
}

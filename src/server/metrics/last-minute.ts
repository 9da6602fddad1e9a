const SECONDS = 60;

/** How many things a second there were in the last minute, or since the start while that is shorter. */
export class LastMinute {
  readonly #now: () => number;
  readonly #startedAt: number;
  /** Of each whole second on the clock, the oldest overwritten by the newest. */
  readonly #counts = new Array<{ second: number; count: number }>(SECONDS).fill({ second: -1, count: 0 });

  /** @param now a clock in ms */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#startedAt = now();
  }

  add(count: number): void {
    const second = Math.floor(this.#now() / 1000);
    const place = second % SECONDS;
    const known = this.#counts[place];
    this.#counts[place] = { second, count: count + (known.second === second ? known.count : 0) };
  }

  get perSecond(): number {
    const now = this.#now();
    const oldest = Math.floor(now / 1000) - SECONDS;
    const sum = this.#counts.reduce((total, { second, count }) => (second > oldest ? total + count : total), 0);
    return sum / Math.min(SECONDS, Math.max(1, (now - this.#startedAt) / 1000));
  }
}

/** Enough to average over rows of different cost, few enough to follow a change of load. */
const REMEMBERED = 32;
/** Before anything has been measured, in seconds. */
const UNMEASURED_WAIT = 5;
/** A client that waits longer has been forgotten, in seconds. */
const LONGEST_WAIT = 120;

/** How fast requests are finished, to tell a refused caller when there will be room. */
export class DrainRate {
  readonly #now: () => number;
  #finished: number[] = [];

  /** @param now a clock in ms */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** A request is done with. */
  record(): void {
    this.#finished = [...this.#finished.slice(1 - REMEMBERED), this.#now()];
  }

  /** Whole seconds, at least 1, until about `count` more requests will be done with. */
  secondsFor(count: number): number {
    const [first] = this.#finished;
    if (first === undefined) return UNMEASURED_WAIT;
    // Up to now and not to the last one, so that a server that has come to a halt says so.
    const secondsEach = (this.#now() - first) / this.#finished.length / 1000;
    return Math.min(LONGEST_WAIT, Math.max(1, Math.ceil(count * secondsEach)));
  }
}

import { systemClock } from "../clock.ts";
import { Lease } from "../redis/lease.ts";
import type { Redis } from "../redis/redis.ts";

/** Whose turn takes longer is lost, or writes to a slow storage; then the next begins beside it, which a library copes with. */
const TURN_MS = 10_000;
/** Between two looks whether it is one's turn: at first a part of what a commit to a local disk takes, then more and more of one to a bucket. */
const FIRST_WAIT_MS = 5;
const LONGEST_WAIT_MS = 100;
const WAIT_GROWTH = 1.5;

/**
 * That workers write to a library one after the other. They could at the same time: all but the first would see that they were preempted,
 * and compute their commit anew, again and again where there are many. The library stays right either way, so a turn is only kept as far
 * as Redis is there and nobody takes too long.
 */
export class WriteTurns {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Does something when it is one's turn. */
  async take<Result>(library: string, work: () => Promise<Result>): Promise<Result> {
    const turn = await this.#await(`medembed:turn:${library}`);
    try {
      return await work();
    } finally {
      await turn.end().catch(() => {}); // then it ends by itself
    }
  }

  async #await(key: string): Promise<Lease> {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * WAIT_GROWTH, LONGEST_WAIT_MS)) {
      const turn = await Lease.take(this.#redis, key, TURN_MS);
      if (turn) return turn;
      await systemClock.sleep(wait * (0.5 + systemClock.random())); // not all at the same moment
    }
  }
}

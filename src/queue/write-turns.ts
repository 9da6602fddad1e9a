import { randomUUID } from "node:crypto";
import { systemClock } from "../clock.ts";
import type { Redis } from "../redis/redis.ts";

/** Whose turn takes longer is lost, or writes to a slow storage; then the next begins beside it, which a library copes with. */
const TURN_MS = 10_000;
/** Between two looks whether it is one's turn: at first a part of what a commit to a local disk takes, then more and more of one to a bucket. */
const FIRST_WAIT_MS = 5;
const LONGEST_WAIT_MS = 100;
const WAIT_GROWTH = 1.5;

/** KEYS turn. ARGV whose. */
const END = `
  if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
  return 0`;

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
    const key = `medembed:turn:${library}`;
    const owner = randomUUID();
    for (let wait = FIRST_WAIT_MS; !(await this.#redis.set(key, owner, "PX", TURN_MS, "NX")); ) {
      await systemClock.sleep(wait * (0.5 + systemClock.random())); // not all at the same moment
      wait = Math.min(wait * WAIT_GROWTH, LONGEST_WAIT_MS);
    }
    try {
      return await work();
    } finally {
      await this.#redis.eval(END, 1, key, owner).catch(() => {}); // then it ends by itself
    }
  }
}

import { randomUUID } from "node:crypto";
import type { Redis } from "./redis.ts";

/** KEYS lease. ARGV owner, ms; 0 gives it up. */
const RENEW = `
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

/** A key that one process has at a time. One that is not renewed in its time is another's to take. */
export class Lease {
  readonly #redis: Redis;
  readonly #key: string;
  readonly #owner: string;

  /** @returns undefined while another has it */
  static async take(redis: Redis, key: string, ms: number): Promise<Lease | undefined> {
    const owner = randomUUID();
    return (await redis.set(key, owner, "PX", ms, "NX")) ? new Lease(redis, key, owner) : undefined;
  }

  private constructor(redis: Redis, key: string, owner: string) {
    this.#redis = redis;
    this.#key = key;
    this.#owner = owner;
  }

  /** From now on for so long, unless it is another's by now. */
  async renew(ms: number): Promise<void> {
    await this.#redis.eval(RENEW, 1, this.#key, this.#owner, ms);
  }

  end(): Promise<void> {
    return this.renew(0);
  }
}

import { randomUUID } from "node:crypto";
import { systemClock } from "../clock.ts";
import type { Redis } from "../redis/redis.ts";

/** One that is not renewed for so long is another's to take: its process is gone, or has no connection. */
const CLAIM_MS = 15_000;
const RENEW_MS = 5_000;
const LOOK_EVERY_MS = 1_000;

/** KEYS claim. ARGV owner, ms; 0 gives it up. */
const RENEW = `
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

/** That one process alone plans a run and waits for its end. */
export class RunClaim {
  readonly #redis: Redis;
  readonly #key: string;
  readonly #owner: string;
  readonly #timer: NodeJS.Timeout;

  /** Waits while another process has it. @returns undefined when it is aborted meanwhile */
  static async take(
    redis: Redis,
    run: string,
    { signal, note }: { readonly signal: AbortSignal; readonly note: (message: string) => void },
  ): Promise<RunClaim | undefined> {
    const key = `medembed:run:${run}:claim`;
    const owner = randomUUID();
    for (let looks = 0; !signal.aborted; looks++) {
      if (await redis.set(key, owner, "PX", CLAIM_MS, "NX")) return new RunClaim(redis, key, owner);
      if (looks === 0) note(`another process waits for the end of run ${run}, or did just now; waiting for that`);
      await systemClock.sleep(LOOK_EVERY_MS, signal).catch(() => {});
    }
    return undefined;
  }

  private constructor(redis: Redis, key: string, owner: string) {
    this.#redis = redis;
    this.#key = key;
    this.#owner = owner;
    this.#timer = setInterval(() => this.#renew(CLAIM_MS).catch(() => {}), RENEW_MS); // one that fails is followed by others
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#renew(0);
  }

  #renew(ms: number): Promise<unknown> {
    return this.#redis.eval(RENEW, 1, this.#key, this.#owner, ms);
  }
}

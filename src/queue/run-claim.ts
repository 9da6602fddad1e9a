import { systemClock } from "../clock.ts";
import { Lease } from "../redis/lease.ts";
import type { Redis } from "../redis/redis.ts";

/** One that is not renewed for so long is another's to take: its process is gone, or has no connection. */
const CLAIM_MS = 15_000;
const RENEW_MS = 5_000;
const LOOK_EVERY_MS = 1_000;

/** That one process alone plans a run and waits for its end. */
export class RunClaim {
  readonly #lease: Lease;
  readonly #timer: NodeJS.Timeout;

  /** Waits while another process has it. @returns undefined when it is aborted meanwhile */
  static async take(
    redis: Redis,
    run: string,
    { signal, note }: { readonly signal: AbortSignal; readonly note: (message: string) => void },
  ): Promise<RunClaim | undefined> {
    const key = `medembed:run:${run}:claim`;
    for (let looks = 0; !signal.aborted; looks++) {
      const lease = await Lease.take(redis, key, CLAIM_MS);
      if (lease) return new RunClaim(lease);
      if (looks === 0) note(`another process waits for the end of run ${run}, or did just now; waiting for that`);
      await systemClock.sleep(LOOK_EVERY_MS, signal).catch(() => {});
    }
    return undefined;
  }

  private constructor(lease: Lease) {
    this.#lease = lease;
    this.#timer = setInterval(() => lease.renew(CLAIM_MS).catch(() => {}), RENEW_MS); // one that fails is followed by others
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#lease.end();
  }
}

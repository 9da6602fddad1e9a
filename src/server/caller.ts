import { MedembedError } from "../errors.ts";
import type { ScoringKey } from "./key-set.ts";
import { TokenBucket } from "./token-bucket.ts";

type Quota = Omit<ScoringKey, "key" | "name">;

/** Too many calls within a minute. */
export class QuotaError extends MedembedError {
  /** Whole seconds after which the next call is let in. */
  readonly retryAfter: number;

  constructor(perMinute: number, waitMs: number) {
    super("over-quota", `this key is good for ${perMinute} requests a minute; try again later`);
    this.retryAfter = Math.ceil(waitMs / 1000);
  }
}

/** Whoever has a key: what it is good for, and what is used of that. */
export class Caller {
  /** Of the key; undefined where no key is needed. */
  readonly name: string | undefined;
  readonly #now: (() => number) | undefined;
  #quota: Quota;
  #bucket: TokenBucket | undefined;
  #pending = 0;
  #refused = 0;

  /** @param now a clock in ms */
  constructor(name: string | undefined, quota: Quota = {}, now?: () => number) {
    this.name = name;
    this.#now = now;
    this.#quota = quota;
    this.change(quota);
  }

  get pending(): number {
    return this.#pending;
  }

  /** Calls beyond the quota, since the start. */
  get refused(): number {
    return this.#refused;
  }

  /** By name; undefined: all. */
  get deployments(): readonly string[] | undefined {
    return this.#quota.deployments;
  }

  /** What it is good for, and how many calls are left of those of a minute; null without a limit. */
  get quota(): {
    readonly maxPending: number | null;
    readonly requestsPerMinute: number | null;
    readonly left: number | null;
  } {
    const { maxPending = null, requestsPerMinute = null } = this.#quota;
    return { maxPending, requestsPerMinute, left: this.#bucket?.left ?? null };
  }

  get hasExpired(): boolean {
    return Date.now() >= (this.#quota.expires ?? Number.POSITIVE_INFINITY);
  }

  /** Another quota from now on; what is used of it stays used. */
  change(quota: Quota): void {
    const { requestsPerMinute } = quota;
    if (requestsPerMinute !== this.#bucket?.perMinute) {
      this.#bucket = requestsPerMinute === undefined ? undefined : new TokenBucket(requestsPerMinute, this.#now);
    }
    this.#quota = quota;
  }

  /** Takes a call in. @returns ends it @throws QuotaError, MedembedError "too-many-pending" */
  enter(): () => void {
    const { maxPending = Number.POSITIVE_INFINITY } = this.#quota;
    if (this.#pending >= maxPending) {
      this.#refused++;
      throw new MedembedError("too-many-pending", `${this.#pending} requests of this key are pending; try again`);
    }
    const waitMs = this.#bucket?.take() ?? 0;
    if (waitMs > 0) {
      this.#refused++;
      throw new QuotaError(this.#bucket!.perMinute, waitMs);
    }
    this.#pending++;
    return () => {
      this.#pending--;
    };
  }
}

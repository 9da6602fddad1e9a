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

/** Where several servers count together what their callers have used. */
export interface QuotaLedger {
  /**
   * Takes one call of those that a key has in a minute, if there is one.
   * @returns the ms until there will be one, 0 when it was taken, and how many are left; undefined while the ledger is out of reach
   */
  take(name: string, perMinute: number): Promise<{ readonly waitMs: number; readonly level: number } | undefined>;
}

interface CallerOptions {
  /** Without it this server counts for itself. */
  readonly ledger?: QuotaLedger | undefined;
  /** A clock in ms. */
  readonly now?: (() => number) | undefined;
}

/** Whoever has a key: what it is good for, and what is used of that. */
export class Caller {
  /** Of the key; undefined where no key is needed. */
  readonly name: string | undefined;
  readonly #options: CallerOptions;
  #quota: Quota;
  #bucket: TokenBucket | undefined;
  #pending = 0;
  #refused = 0;

  constructor(name: string | undefined, quota: Quota = {}, options: CallerOptions = {}) {
    this.name = name;
    this.#options = options;
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
      this.#bucket =
        requestsPerMinute === undefined ? undefined : new TokenBucket(requestsPerMinute, this.#options.now);
    }
    this.#quota = quota;
  }

  /** Takes a call in. @returns ends it @throws QuotaError, MedembedError "too-many-pending" */
  async enter(): Promise<() => void> {
    const { maxPending = Number.POSITIVE_INFINITY } = this.#quota;
    if (this.#pending >= maxPending) {
      this.#refused++;
      throw new MedembedError("too-many-pending", `${this.#pending} requests of this key are pending; try again`);
    }
    this.#pending++;
    const leave = () => {
      this.#pending--;
    };
    const bucket = this.#bucket;
    const waitMs = bucket ? await this.#take(bucket) : 0;
    if (!bucket || waitMs === 0) return leave;
    leave();
    this.#refused++;
    throw new QuotaError(bucket.perMinute, waitMs);
  }

  /** By the ledger where there is one within reach; the bucket here follows it, and takes over from where it was. */
  async #take(bucket: TokenBucket): Promise<number> {
    const taken = await this.#options.ledger?.take(this.name ?? "", bucket.perMinute);
    if (!taken) return bucket.take();
    bucket.level = taken.level;
    return taken.waitMs;
  }
}

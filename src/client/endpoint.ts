import { type Clock, systemClock } from "../clock.ts";
import { MedembedError } from "../errors.ts";
import { callOnce, type HttpAnswer } from "./http-call.ts";
import { type Rate, RateLimit } from "./rate-limit.ts";
import { FAILURES, ScoringError } from "./scoring-error.ts";

/** The server's own time limit, and some for the way. */
const DEFAULT_TIMEOUT_MS = 120_000;
/** Node's fetch waits no longer for an answer to begin. */
const MAX_TIMEOUT_MS = 300_000;
/** With the waits below: about a minute and a half, in which an endpoint starts again and loads its model. */
const DEFAULT_RETRIES = 8;
const MAX_RETRIES = 1000;
/** The wait before a retry is drawn from 0 to this, doubled with each failure (full jitter: callers do not come back in waves). */
const FIRST_WAIT_MS = 1_000;
const MAX_WAIT_MS = 60_000;

/** What an HTTP header may hold without being changed on its way. */
const HEADER_VALUE = /^[\x21-\x7e]{1,4096}$/;

export interface EndpointOptions {
  /** Address of the scoring route, as given by whoever runs it; one without a path gets `/score`. */
  readonly endpoint: string | URL;
  readonly key?: string | undefined;
  /** One of several deployments of the endpoint. */
  readonly deployment?: string | undefined;
  /** For one attempt, from 1 to 300,000; default 120,000. */
  readonly timeoutMs?: number | undefined;
  /** How often a request that failed is sent again where that may help; default 8. */
  readonly retries?: number | undefined;
  /** At most so many calls in a period, retries included. */
  readonly rateLimit?: Rate | undefined;
  /** Told before each wait for a retry. */
  readonly onRetry?: ((retry: Retry) => void) | undefined;
  /** In place of the platform's own, e.g. one that goes through a proxy. */
  readonly fetch?: typeof fetch | undefined;
  /** For tests. */
  readonly clock?: Clock | undefined;
}

export interface Retry {
  readonly error: ScoringError;
  /** 1 for the first. */
  readonly attempt: number;
  readonly waitMs: number;
}

export interface PostOptions {
  readonly signal?: AbortSignal | undefined;
  /** Whether the caller can make it smaller: then being slow is no reason to send it again as it is. */
  readonly isDivisible?: boolean;
  readonly retries?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An address with all that a request to it needs: key, time limit, retries, rate. */
export class Endpoint {
  readonly retries: number;
  readonly key: string | undefined;
  readonly clock: Clock;
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #timeoutMs: number;
  readonly #rateLimit: RateLimit | undefined;
  readonly #onRetry: EndpointOptions["onRetry"];
  readonly #fetch: typeof fetch;

  /** @throws MedembedError "usage" */
  constructor(options: EndpointOptions) {
    this.#url = readUrl(options.endpoint);
    this.key = options.key;
    this.#headers = {
      "content-type": "application/json",
      ...(options.key !== undefined && { authorization: `Bearer ${headerValue("key", options.key)}` }),
      ...(options.deployment !== undefined && {
        "azureml-model-deployment": headerValue("deployment", options.deployment),
      }),
    };
    this.#timeoutMs = wholeNumber("timeoutMs", options.timeoutMs ?? DEFAULT_TIMEOUT_MS, 1, MAX_TIMEOUT_MS);
    this.retries = wholeNumber("retries", options.retries ?? DEFAULT_RETRIES, 0, MAX_RETRIES);
    this.clock = options.clock ?? systemClock;
    this.#rateLimit = options.rateLimit && new RateLimit(checkRate(options.rateLimit), this.clock);
    this.#onRetry = options.onRetry;
    this.#fetch = options.fetch ?? globalThis.fetch;
  }

  /** Sends a body, again where that may help. @throws ScoringError of the last attempt; the signal's reason */
  async post(body: string | Uint8Array, options: PostOptions = {}): Promise<HttpAnswer> {
    const { signal, isDivisible = false, retries = this.retries, headers } = options;
    const call = {
      url: this.#url,
      headers: { ...this.#headers, ...headers },
      body: typeof body === "string" ? new TextEncoder().encode(body) : new Uint8Array(body),
      timeoutMs: this.#timeoutMs,
      signal,
      fetch: this.#fetch,
      clock: this.clock,
      secret: this.key,
    };
    for (let failures = 1; ; failures++) {
      await this.#rateLimit?.take(signal);
      try {
        return await callOnce(call);
      } catch (error) {
        if (!(error instanceof ScoringError) || !mayHelp(error, isDivisible) || failures > retries) throw error;
        const waitMs = waitBefore(failures, error.retryAfterMs, this.clock);
        this.#onRetry?.({ error, attempt: failures, waitMs });
        await this.clock.sleep(waitMs, signal);
      }
    }
  }
}

function mayHelp({ kind }: ScoringError, isDivisible: boolean): boolean {
  const { retry } = FAILURES[kind];
  return retry === "always" || (retry === "alone" && !isDivisible);
}

/** Never before the endpoint wants to be asked again, and then not all at once. */
function waitBefore(retry: number, retryAfterMs = 0, clock: Clock): number {
  return retryAfterMs + clock.random() * Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (retry - 1));
}

/** Messages do not repeat an address: it may hold a password. */
function readUrl(endpoint: string | URL): string {
  if (!URL.canParse(String(endpoint)))
    throw new MedembedError("usage", "the endpoint is no address such as https://host/score");
  const url = new URL(endpoint);
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new MedembedError("usage", `the endpoint's address begins with ${url.protocol}, not with https: or http:`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new MedembedError("usage", "the endpoint's address holds a user or password; give a key instead");
  }
  if (url.pathname === "/") url.pathname = "/score";
  return url.href;
}

function headerValue(name: string, value: string): string {
  if (!HEADER_VALUE.test(value)) {
    throw new MedembedError(
      "usage",
      `the ${name} is empty or holds a character that a header cannot, e.g. a line break`,
    );
  }
  return value;
}

function checkRate({ calls, periodMs }: Rate): Rate {
  wholeNumber("rateLimit.calls", calls, 1, 1_000_000);
  wholeNumber("rateLimit.periodMs", periodMs, 1, 86_400_000);
  return { calls, periodMs };
}

/** @throws MedembedError "usage" */
export function wholeNumber(name: string, value: number, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new MedembedError("usage", `${name} is ${value}; it must be a whole number from ${min} to ${max}`);
  }
  return value;
}

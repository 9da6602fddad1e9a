import { type Clock, systemClock } from "../clock.ts";
import { MedembedError } from "../errors.ts";
import { readRetryAfter } from "../retry-after.ts";
import { ServerFailure } from "./server-failure.ts";

/** With the waits below: about half a minute, in which a server starts again. */
const DEFAULT_RETRIES = 6;
/** The wait before a retry is drawn from 0 to this, doubled with each failure (full jitter: callers do not come back in waves). */
const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 30_000;
/** A server that says nothing for so long has lost us; archives on tape take some seconds to begin. */
const DEFAULT_SILENCE_MS = 60_000;

/** Statuses after which the same request may succeed: too early or too often, and what gateways say of a server that restarts. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504]);

/** What the others mean, as codes for programs. */
const REFUSALS: Readonly<
  Record<number, { readonly code: "unauthorised" | "forbidden" | "not-found"; readonly means: string }>
> = {
  401: { code: "unauthorised", means: "wants credentials, or others" },
  403: { code: "forbidden", means: "does not allow it with these credentials" },
  404: { code: "not-found", means: "has nothing at that address" },
};

export interface RequestOptions {
  /** The header `Authorization`. */
  readonly authorization: string | undefined;
  /** How often a request that failed is sent again where that may help; default 6. */
  readonly retries?: number | undefined;
  /** How long a server may send nothing; default 60,000. */
  readonly silenceMs?: number | undefined;
  /** Aborted when nobody waits any more, also for a retry. */
  readonly signal?: AbortSignal | undefined;
  /** Told before each wait for a retry. */
  readonly onRetry?: ((failure: ServerFailure, waitMs: number) => void) | undefined;
  /** For tests. */
  readonly clock?: Clock | undefined;
}

/** An answer of status 200 or 204. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Asks a server, again where that may help, reading of the answer included.
 * @param read takes what it needs of the body; whatever it leaves is not waited for
 * @throws MedembedError "server-failed", "unauthorised", "forbidden", "not-found", none of which holds the address; the signal's reason
 */
export async function request<Result>(
  url: string,
  accept: string,
  options: RequestOptions,
  read: (answer: Answer) => Promise<Result>,
): Promise<Result> {
  const { retries = DEFAULT_RETRIES, clock = systemClock, onRetry } = options;
  for (let failures = 1; ; failures++) {
    try {
      return await requestOnce(url, accept, options, read);
    } catch (error) {
      if (!(error instanceof ServerFailure) || !error.isPassing || failures > retries) throw error;
      const waitMs = error.retryAfterMs + clock.random() * Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1));
      onRetry?.(error, waitMs);
      await clock.sleep(waitMs, options.signal);
    }
  }
}

async function requestOnce<Result>(
  url: string,
  accept: string,
  { authorization, silenceMs = DEFAULT_SILENCE_MS, clock = systemClock, signal }: RequestOptions,
  read: (answer: Answer) => Promise<Result>,
): Promise<Result> {
  signal?.throwIfAborted();
  const stop = new AbortController();
  const leave = () => stop.abort();
  signal?.addEventListener("abort", leave);
  const timer = setTimeout(() => stop.abort(), silenceMs);
  try {
    // A redirect would take the credentials to where nobody sent them.
    const headers = { accept, ...(authorization !== undefined && { authorization }) };
    const response = await fetch(url, { headers, redirect: "manual", signal: stop.signal });
    timer.refresh();
    refuseOthers(response, clock);
    const contentType = response.headers.get("content-type") ?? "";
    return await read({ status: response.status, contentType, body: chunksOf(response, timer) });
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof MedembedError) throw error;
    if (stop.signal.aborted) throw new ServerFailure(`has sent nothing for ${silenceMs / 1000} s`, { isPassing: true });
    throw unreachable(error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", leave);
    stop.abort(); // what is left of the body is not waited for
  }
}

function refuseOthers({ status, headers }: Response, clock: Clock): void {
  if (status === 200 || status === 204) return;
  const refusal = REFUSALS[status];
  if (refusal) throw new MedembedError(refusal.code, `the DICOMweb server ${refusal.means} (${status})`);
  if (status >= 300 && status < 400) {
    throw new ServerFailure(`redirects to another address (${status}); give the final one`);
  }
  const retryAfterMs = readRetryAfter(headers.get("retry-after"), clock.now());
  throw new ServerFailure(`answers ${status}`, {
    isPassing: PASSING.has(status),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

async function* chunksOf({ body }: Response, timer: NodeJS.Timeout): AsyncGenerator<Uint8Array> {
  if (!body) return;
  for await (const chunk of body) {
    timer.refresh();
    yield chunk;
  }
}

function unreachable(cause: unknown): ServerFailure {
  const code = (cause as { cause?: { code?: unknown } }).cause?.code;
  const reason = typeof code === "string" ? ` (${code})` : "";
  return new ServerFailure(`cannot be reached, or the connection broke off${reason}`, { isPassing: true, cause });
}

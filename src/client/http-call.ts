import type { Clock } from "../clock.ts";
import { readRetryAfter } from "../retry-after.ts";
import { readFailure } from "./failure.ts";
import { kindOfStatus, ScoringError } from "./scoring-error.ts";

/** A thousand rows of both vectors take a fifth of it. */
const MAX_ANSWER_BYTES = 256 * 2 ** 20;
/** Of an answer that is an error; it needs no more to say why. */
const MAX_FAILURE_BYTES = 64 * 2 ** 10;

export interface HttpCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
  /** For the whole call, the reading of its answer included. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** Taken out of error messages, should the endpoint repeat it. */
  readonly secret: string | undefined;
}

export interface HttpAnswer {
  /** As they came, unpacked. */
  readonly bytes: Uint8Array;
  /** The same, parsed. */
  readonly json: unknown;
  readonly headers: Headers;
}

/** Sends a request once. @throws ScoringError for every failure; the signal's reason */
export async function callOnce(call: HttpCall): Promise<HttpAnswer> {
  const { url, headers, body, timeoutMs, signal, fetch } = call;
  signal?.throwIfAborted();
  const stop = new AbortController();
  const leave = () => stop.abort(signal?.reason);
  signal?.addEventListener("abort", leave);
  const timer = setTimeout(() => stop.abort(), timeoutMs);
  try {
    // A redirect would take pictures to where nobody sent them, and browsers make a GET of it.
    const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal: stop.signal });
    return await readResponse(response, call);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ScoringError) throw error;
    if (stop.signal.aborted) {
      throw new ScoringError({ kind: "slow", code: "timeout", detail: `no answer within ${timeoutMs} ms` });
    }
    throw unreachable(error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", leave);
  }
}

async function readResponse(response: Response, { secret, clock }: HttpCall): Promise<HttpAnswer> {
  const { status, headers } = response;
  if (response.type === "opaqueredirect" || (status >= 300 && status < 400)) {
    await response.body?.cancel();
    const detail = "the endpoint redirects to another address; give the final one";
    throw new ScoringError({ kind: "refused", code: "redirect", detail, ...(status > 0 && { status }) });
  }
  if (!response.ok) {
    const bytes = await readAtMost(response, MAX_FAILURE_BYTES);
    throw new ScoringError({
      ...readFailure(parseJson(bytes), { status, secret }),
      kind: kindOfStatus(status),
      status,
      retryAfterMs: readRetryAfter(headers.get("retry-after"), clock.now()),
    });
  }
  const bytes = await readAtMost(response, MAX_ANSWER_BYTES);
  if (bytes === undefined) {
    const detail = `the answer is larger than the ${MAX_ANSWER_BYTES} bytes that are read`;
    throw new ScoringError({ kind: "answer", code: "answer_too_large", detail, status });
  }
  const json = parseJson(bytes);
  if (json === undefined) {
    throw new ScoringError({ kind: "broken", code: "invalid_json", detail: "the answer is not JSON", status });
  }
  return { bytes, json, headers };
}

/** The body of an answer; undefined when it is longer, and then its rest is not waited for. */
async function readAtMost(response: Response, maxBytes: number): Promise<Uint8Array | undefined> {
  const reader = response.body?.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let chunk = await reader?.read(); chunk?.value; chunk = await reader?.read()) {
    length += chunk.value.length;
    if (length > maxBytes) {
      await reader?.cancel();
      return undefined;
    }
    chunks.push(chunk.value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** What bytes say in JSON, which has no undefined: that is what is none. */
function parseJson(bytes: Uint8Array | undefined): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/** No connection, or one that broke off; browsers do not say which, Node names the reason. */
function unreachable(cause: unknown): ScoringError {
  const code = (cause as { cause?: { code?: unknown } }).cause?.code;
  const reason = typeof code === "string" ? ` (${code})` : "";
  const detail = `the endpoint cannot be reached, or the connection broke off${reason}`;
  return new ScoringError({ kind: "unreachable", code: "unreachable", detail }, { cause });
}

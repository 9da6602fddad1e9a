import type { IncomingHttpHeaders } from "node:http";
import { MedembedError } from "../../errors.ts";

/** What the headers of a call ask for, whatever its format. */
export interface CallOptions {
  /** A bad row fails alone instead of failing the call. */
  readonly isTolerant: boolean;
  readonly timeoutMs: number;
}

/** @throws MedembedError "invalid-request" */
export function readCallOptions(headers: IncomingHttpHeaders, maxTimeoutMs: number): CallOptions {
  return {
    isTolerant: readChoice(headers, "medembed-row-errors", ["0", "1"], "0") === "1",
    timeoutMs: readTimeout(headers["request-timeout-ms"], maxTimeoutMs),
  };
}

/**
 * A body of JSON must be declared as such. It also keeps web pages of elsewhere from calling an endpoint without keys: for
 * JSON browsers ask first.
 * @throws MedembedError "unsupported-media-type"
 */
export function needJson(headers: IncomingHttpHeaders): void {
  const [mediaType] = (headers["content-type"] ?? "").split(";");
  if (mediaType.trim().toLowerCase() !== "application/json") {
    throw new MedembedError("unsupported-media-type", "the header Content-Type: application/json is needed");
  }
}

/** One of a few words; without the header the fallback. @throws MedembedError "invalid-request" */
export function readChoice<Value extends string, Fallback>(
  headers: IncomingHttpHeaders,
  name: string,
  known: readonly Value[],
  fallback: Fallback,
): Value | Fallback {
  const given = headers[name];
  if (given === undefined) return fallback;
  const found = known.find((value) => value === given);
  if (found === undefined) {
    throw new MedembedError("invalid-request", `the header ${name} must be one of ${known.join(", ")}`);
  }
  return found;
}

/** A caller may wait less than the server allows, not more. */
function readTimeout(given: string | string[] | undefined, maxTimeoutMs: number): number {
  if (given === undefined) return maxTimeoutMs;
  const ms = /^\d{1,9}$/.test(String(given)) ? Number(given) : 0;
  if (ms < 1) throw new MedembedError("invalid-request", "the header request-timeout-ms must be a whole number from 1");
  return Math.min(ms, maxTimeoutMs);
}

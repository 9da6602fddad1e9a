import type { IncomingHttpHeaders } from "node:http";
import { MedembedError } from "../../errors.ts";

/** What the headers of a call ask for, whatever its format. */
export interface CallOptions {
  /** A bad row fails alone instead of failing the call. */
  readonly isTolerant: boolean;
  /** That the caller would wait; the deployment may allow less. */
  readonly timeoutMs: number | undefined;
}

/** @throws MedembedError "invalid-request" */
export function readCallOptions(headers: IncomingHttpHeaders): CallOptions {
  return {
    isTolerant: readChoice(headers, "medembed-row-errors", ["0", "1"], "0") === "1",
    timeoutMs: readTimeout(headers["request-timeout-ms"]),
  };
}

/** Of a format that has no place for the error of one row. @throws MedembedError "invalid-request" */
export function readStrictOptions(headers: IncomingHttpHeaders): CallOptions {
  const options = readCallOptions(headers);
  if (options.isTolerant) throw new MedembedError("invalid-request", "only POST /score knows medembed-row-errors: 1");
  return options;
}

/** One header; of several of a name the first. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Without its parameters, in small letters; "" where none is given. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? "").split(";")[0].trim().toLowerCase();
}

/**
 * A body of JSON must be declared as such. It also keeps web pages of elsewhere from calling an endpoint without keys: for
 * JSON browsers ask first.
 * @throws MedembedError "unsupported-media-type"
 */
export function needJson(headers: IncomingHttpHeaders): void {
  if (mediaTypeOf(headers["content-type"]) !== "application/json") {
    throw new MedembedError("unsupported-media-type", "the header Content-Type: application/json is needed");
  }
}

/**
 * For formats whose bodies browsers send without asking first: a page of elsewhere shall not call an endpoint without keys.
 * Browsers tell where a page is from, and pages cannot change it.
 * @throws MedembedError "invalid-request"
 */
export function refuseForeignPages({ origin, host }: IncomingHttpHeaders): void {
  if (origin === undefined || (URL.canParse(origin) && new URL(origin).host === host?.toLowerCase())) return;
  throw new MedembedError("invalid-request", "web pages of another origin may not call this endpoint");
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

function readTimeout(given: string | string[] | undefined): number | undefined {
  if (given === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(String(given)) ? Number(given) : 0;
  if (ms < 1) throw new MedembedError("invalid-request", "the header request-timeout-ms must be a whole number from 1");
  return ms;
}

/** A longer wait that an endpoint asks for is a mistake of its own. */
const MAX_WAIT_MS = 3_600_000;

const SECONDS = /^\d{1,9}$/;
const HTTP_DATE = /^[A-Z][a-z]{2,8}, .{1,40} GMT$/;

/** The header `Retry-After`: seconds, or a date. @returns milliseconds from now; undefined for a header that is neither */
export function readRetryAfter(header: string | null, now: number): number | undefined {
  const value = header?.trim() ?? "";
  const ms = SECONDS.test(value) ? Number(value) * 1000 : HTTP_DATE.test(value) ? Date.parse(value) - now : Number.NaN;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_WAIT_MS);
}

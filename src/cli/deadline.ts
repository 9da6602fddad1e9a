import { MedembedError } from "../errors.ts";

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(\d+(?:\.\d+)?)(s|m|h|d)$/;
/** ISO 8601; without a zone in that of this machine. A date alone would be midnight in one place and not in another. */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?$/;

/**
 * When something must be over, as people write it: `90m`, `12h`, `2026-11-30T06:00`.
 * @param now in ms since 1970, as what comes back
 * @throws MedembedError "usage" for what is neither a duration nor a time to come
 */
export function readDeadline(text: string, now: number): number {
  const [, amount, unit] = DURATION.exec(text) ?? [];
  if (amount !== undefined) return now + Number(amount) * UNITS[unit as keyof typeof UNITS];
  const time = TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) {
    throw new MedembedError(
      "usage",
      `--deadline ${text} is neither a duration such as 12h nor a time such as 2026-11-30T06:00`,
    );
  }
  if (time <= now) throw new MedembedError("usage", `--deadline ${text} has passed`);
  return time;
}

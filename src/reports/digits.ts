import { type Markup, markup } from "./markup.ts";

/** A figure with three decimals, or as many digits where it is large or small; "–" for what is not defined. */
export function digits(value: number): string {
  if (Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  return (size >= 1e-3 && size < 1e4) || size === 0 ? value.toFixed(3) : value.toPrecision(3);
}

interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** A cell of a table: the value, and below it the ends of its interval. */
export function withInterval({ value, low, high }: Estimate): Markup {
  return markup`${digits(value)}${!Number.isNaN(value) && markup`<small>${digits(low)} to ${digits(high)}</small>`}`;
}

/** Beyond it the series takes more terms than the continued fraction. */
const SERIES_UP_TO = 2;
/** Terms of the continued fraction: enough for all digits from there on. */
const FRACTION_TERMS = 60;

/** The error function, to the last digits of a double. */
export function erf(x: number): number {
  if (x < 0) return -erf(-x);
  return x <= SERIES_UP_TO ? erfSeries(x) : 1 - erfcFraction(x);
}

/** 1 - erf(x), with all its digits where erf is close to 1. */
export function erfc(x: number): number {
  return x > SERIES_UP_TO ? erfcFraction(x) : 1 - erf(x);
}

/** DLMF 7.6.2: every term is positive, so none cancels another. */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; term > sum * Number.EPSILON; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** DLMF 7.9.1: √π e^(x²) erfc(x) = 1 / (x + (1/2) / (x + 1 / (x + (3/2) / (x + …)))), from the innermost term out. */
function erfcFraction(x: number): number {
  let fraction = x;
  for (let term = FRACTION_TERMS; term > 0; term--) fraction = x + term / 2 / fraction;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction);
}

/** The pole of the cubic B-spline's filter: sqrt(3) - 2 (Unser, Aldroubi and Eden, 1991). */
const POLE = -0.2679491924311227;
const GAIN = (1 - POLE) * (1 - 1 / POLE);

/**
 * Turns samples into the coefficients of the cubic spline through them, in place; what lies beyond the ends mirrors them.
 * Rounding and order of the operations are those of SciPy's `ndimage.spline_filter1d`.
 */
export function toSplineCoefficients(line: Float64Array): void {
  const last = line.length - 1;
  for (let i = 0; i <= last; i++) line[i] *= GAIN;

  const farPower = POLE ** last;
  let power = POLE;
  line[0] += farPower * line[last];
  for (let i = 1; i < last; i++, power *= POLE) line[0] += power * (line[i] + farPower * line[last - i]);
  line[0] /= 1 - farPower * farPower;
  for (let i = 1; i <= last; i++) line[i] += POLE * line[i - 1];

  line[last] = ((POLE * line[last - 1] + line[last]) * POLE) / (POLE * POLE - 1);
  for (let i = last - 1; i >= 0; i--) line[i] = POLE * (line[i + 1] - line[i]);
}

/** By how much each of the four coefficients around a place counts there. @param share of the way from the second to the third */
export function splineWeights(share: number): [number, number, number, number] {
  const rest = 1 - share;
  const first = (rest * rest * rest) / 6;
  const second = (share * share * (share - 2) * 3 + 4) / 6;
  const third = (rest * rest * (rest - 2) * 3 + 4) / 6;
  return [first, second, third, 1 - first - second - third];
}

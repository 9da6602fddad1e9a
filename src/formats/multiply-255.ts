/** The product of two shares of 255 as a share of 255, rounded: a * b / 255 without the division. */
export function multiply255(a: number, b: number): number {
  const product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

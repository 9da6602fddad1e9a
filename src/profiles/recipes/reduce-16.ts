/** How gray of 16 bits gets 8: from its full range, or as Pillow converts it, clipped. */
export function reduce16(isParity: boolean): (sample: number) => number {
  return isParity ? (sample) => Math.min(255, sample) : (sample) => Math.round(sample / 257);
}

/** All slices, or so many around the centre. */
export type SliceChoice = "all" | number;

/**
 * Which of n slices are taken. Around the centre c = ⌊n/2⌋ of n these are c - ⌊count/2⌋ and those that follow, so that 20 are
 * c - 10 … c + 9 and 1 is c; where there are fewer, all of them and none twice.
 * @returns the indices from `first` to `end` - 1
 */
export function chooseSlices(n: number, choice: SliceChoice): { readonly first: number; readonly end: number } {
  if (choice === "all") return { first: 0, end: n };
  const start = Math.floor(n / 2) - Math.floor(choice / 2);
  return { first: Math.max(0, start), end: Math.min(n, start + choice) };
}

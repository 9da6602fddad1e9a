/** Which of so many slices is the middle one, from 1; of an even number the second of the two. */
export function middleOf(count: number): number {
  return (count >> 1) + 1;
}

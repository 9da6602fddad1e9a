/** A word in so many characters may be mistyped. */
const CHARACTERS_A_MISTAKE = 4;

/** Whether one may be the other mistyped: but for case and space at its ends, and a mistake in every four characters. */
export function looksLike(a: string, b: string): boolean {
  const [one, other] = [a, b].map((word) => word.trim().toLowerCase());
  const allowed = Math.ceil(Math.min(one.length, other.length) / CHARACTERS_A_MISTAKE);
  return Math.abs(one.length - other.length) <= allowed && editDistance(one, other) <= allowed;
}

/** The known word that was meant, for a message; undefined where none is near. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  const distances = known
    .filter((one) => looksLike(word, one))
    .map((one) => ({ one, distance: editDistance(word, one) }));
  return distances.sort((a, b) => a.distance - b.distance)[0]?.one;
}

/** The same as the end of a message, empty where no known word is near. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const nearest = nearestWord(word, [...known]);
  return nearest === undefined ? "" : `, did you mean ${nearest}?`;
}

/** How many characters must be put in, left out or replaced to turn one word into another (Levenshtein). */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + Number(a[i - 1] !== b[j - 1]));
    }
    row = next;
  }
  return row[b.length];
}

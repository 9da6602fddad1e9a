/** A slice that a query slice has found: which volume it belongs to, and how like it is, the higher the more. */
export interface SliceHit {
  readonly volume: string;
  /** A cosine or another likeness. Not a distance: by distances the least like volumes would win. */
  readonly similarity: number;
}

export interface RankedVolume {
  readonly volume: string;
  readonly votes: number;
}

interface Voting {
  /** Before the first hit. */
  readonly start: number;
  readonly count: (votes: number, similarity: number) => number;
}

export const VOTINGS = {
  /** The number of hits. */
  frequency: { start: 0, count: (votes) => votes + 1 },
  /** The best hit. */
  max: { start: Number.NEGATIVE_INFINITY, count: Math.max },
  /** All hits together. */
  sum: { start: 0, count: (votes, similarity) => votes + similarity },
} as const satisfies Record<string, Voting>;

export type VotingName = keyof typeof VOTINGS;

/**
 * Ranks volumes by the slices that the slices of a query volume have found, each some twenty. Equal votes go by the id of the volume, so that
 * a ranking is always the same.
 * @param hits of each query slice
 * @returns each volume once, the most like first
 */
export function voteForVolumes(method: VotingName, hits: Iterable<readonly SliceHit[]>): RankedVolume[] {
  const { start, count }: Voting = VOTINGS[method];
  const ballot = new Map<string, number>();
  for (const found of hits) {
    for (const { volume, similarity } of found) {
      ballot.set(volume, count(ballot.get(volume) ?? start, similarity));
    }
  }
  return Array.from(ballot, ([volume, votes]) => ({ volume, votes })).sort(
    (a, b) => b.votes - a.votes || (a.volume < b.volume ? -1 : 1),
  );
}

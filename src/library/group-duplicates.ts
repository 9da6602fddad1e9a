import { cosine } from "../cosine.ts";
import type { Library, SearchOptions } from "./library.ts";
import type { Match } from "./search.ts";

/** Matches looked at, at most: where there are more copies of a few pictures, fewer groups are found than were asked for. */
const MAX_MATCHES = 10_000;

/** A match with those further down that show nearly the same. */
export interface GroupedMatch extends Match {
  readonly duplicates: readonly Match[];
}

/**
 * The records nearest to a vector, near duplicates in one place: a match whose vector has at least this cosine with that of a
 * better one stands behind it, and does not count.
 * @param likeness cosine from which two pictures are near duplicates
 */
export async function searchGroups(
  library: Library,
  vector: Float32Array,
  likeness: number,
  options: SearchOptions = {},
): Promise<GroupedMatch[]> {
  const { count = 10 } = options;
  for (let wanted = 2 * count; ; wanted *= 4) {
    const matches = await library.search(vector, { ...options, count: Math.min(wanted, MAX_MATCHES) });
    const groups = groupDuplicates(matches, likeness);
    if (groups.length >= count || matches.length < wanted) return groups.slice(0, count);
  }
}

/** @param matches the best first; the best of a group stands for it */
function groupDuplicates(matches: readonly Match[], likeness: number): GroupedMatch[] {
  const groups: (GroupedMatch & { duplicates: Match[] })[] = [];
  for (const match of matches) {
    const group = groups.find(({ record }) => cosine(record.vector, match.record.vector) >= likeness);
    if (group) group.duplicates.push(match);
    else groups.push({ ...match, duplicates: [] });
  }
  return groups;
}

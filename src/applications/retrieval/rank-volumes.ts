import { stack } from "../matrix.ts";
import { nearestByDistance } from "../nearest-by-distance.ts";
import type { VectorSet } from "../vector-set.ts";
import { AGGREGATES, type AggregateName, aggregate, normalised } from "../volumes/aggregate.ts";
import { VOTINGS, type VotingName, voteForVolumes } from "../volumes/slice-voting.ts";
import { checkDepth, type FoundItems, type RetrievalItems, rankGallery } from "./rank-gallery.ts";

/** Slices that each slice of a query finds, as published. */
const SLICES_A_SLICE = 20;

/** A volume by the vectors of its slices, unit vectors all. */
export interface SlicedVolume {
  readonly id: string;
  /** Class number. */
  readonly label: number;
  readonly group: string;
  /** [slices], at least one */
  readonly slices: readonly Float32Array[];
}

/**
 * Each volume as a query among the others, by every way there is to compare volumes: one vector for all slices, or votes of the slices.
 * @returns by method, [volumes]
 * @throws MedembedError "invalid-data" for more volumes wanted than there are
 */
export function rankVolumes(volumes: readonly SlicedVolume[], depth: number): Record<string, FoundItems[]> {
  checkDepth(depth, volumes.length - 1);
  const byId = volumes.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const place = new Map(byId.map(({ id }, i) => [id, i]));
  const inOrder = (found: readonly FoundItems[]) => volumes.map(({ id }) => found[place.get(id)!]);
  const aggregated = (Object.keys(AGGREGATES) as AggregateName[]).map((name) => {
    const items = aggregatedItems(byId, name);
    return [name, inOrder(rankGallery(items, items, { depth }))] as const;
  });
  const hits = sliceHits(byId);
  const voted = (Object.keys(VOTINGS) as VotingName[]).map((name) => {
    const found = byId.map((query, i) => foundByVotes(query, byId, name, hits[i], depth));
    return [`votes: ${name}`, inOrder(found)] as const;
  });
  return Object.fromEntries([...aggregated, ...voted]);
}

function aggregatedItems(volumes: readonly SlicedVolume[], name: AggregateName): RetrievalItems {
  const { isDirection } = AGGREGATES[name];
  const vectors = volumes.map(({ slices }) => {
    const vector = aggregate(name, slices);
    return isDirection ? normalised(vector) : vector;
  });
  return {
    ids: volumes.map(({ id }) => id),
    vectors: stack(vectors),
    labels: Int32Array.from(volumes, ({ label }) => label),
    groups: volumes.map(({ group }) => group),
  };
}

interface Hit {
  readonly volume: string;
  readonly similarity: number;
}

/** What each slice of each volume finds. @returns [volumes][slices] */
function sliceHits(volumes: readonly SlicedVolume[]): Hit[][][] {
  const all = volumes.flatMap((volume) => volume.slices.map(() => volume));
  const gallery = stack(volumes.flatMap(({ slices }) => slices));
  const groups = all.map(({ group }) => group);
  return volumes.map(({ slices, group }) => {
    const apart = { queries: slices.map(() => group), gallery: groups };
    const { places, distances } = nearestByDistance(stack(slices), gallery, { count: SLICES_A_SLICE, apart });
    return slices.map(
      (_, slice) =>
        Array.from({ length: SLICES_A_SLICE }, (_, rank) => slice * SLICES_A_SLICE + rank)
          .filter((at) => places[at] >= 0)
          .map((at) => ({ volume: all[places[at]].id, similarity: 1 - distances[at] ** 2 / 2 })), // the cosine of unit vectors
    );
  });
}

function foundByVotes(
  query: SlicedVolume,
  volumes: readonly SlicedVolume[],
  name: VotingName,
  hits: readonly Hit[][],
  depth: number,
): FoundItems {
  const labelOf = new Map(volumes.map(({ id, label }) => [id, label]));
  const ids = voteForVolumes(name, hits)
    .slice(0, depth)
    .map(({ volume }) => volume);
  return {
    ids,
    relevance: Uint8Array.from(ids, (id) => Number(labelOf.get(id) === query.label)),
    relevant: volumes.filter(({ group, label }) => group !== query.group && label === query.label).length,
  };
}

/** Vectors of slices by the volume that each belongs to. @param volumeOf the id of a slice's volume */
export function slicesByVolume({ ids, vectors }: Pick<VectorSet, "ids" | "vectors">, volumeOf: (id: string) => string) {
  const { columns, values } = vectors;
  const volumes = new Map<string, Float32Array[]>();
  for (const [row, id] of ids.entries()) {
    const slices = volumes.get(volumeOf(id)) ?? [];
    slices.push(values.subarray(row * columns, (row + 1) * columns));
    volumes.set(volumeOf(id), slices);
  }
  return volumes;
}

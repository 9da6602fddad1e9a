import { MedembedError } from "../../errors.ts";
import { takeLabelled } from "../labelled-vectors.ts";
import { type Matrix, takeRows } from "../matrix.ts";
import { nearestByDistance } from "../nearest-by-distance.ts";
import { nearDuplicates } from "./near-duplicates.ts";

/** Queries that are ranked between two words of progress. */
const QUERIES_AT_ONCE = 1_024;

/** What can be looked for or found. */
export interface RetrievalItems {
  /** [rows] */
  readonly ids: readonly string[];
  readonly vectors: Matrix;
  /** [rows], class numbers: an item is relevant for a query of its class. */
  readonly labels: Int32Array;
  /** [rows], patients for example. A query never finds what is of its own group, itself included. */
  readonly groups: readonly string[];
}

/** What a query has found. */
export interface FoundItems {
  /** Ids, nearest first; fewer than asked for where no more may count. */
  readonly ids: readonly string[];
  /** 1 for each that has the query's label, else 0. */
  readonly relevance: Uint8Array;
  /** How many items it should have found. */
  readonly relevant: number;
}

export interface RankOptions {
  /** Items wanted for each query. */
  readonly depth: number;
  /** Items that are as like the query as this, by cosine, are taken for copies and do not count. */
  readonly likeness?: number | undefined;
  /** By which vectors copies are told, in place of those that are ranked. */
  readonly copies?: { readonly queries: Matrix; readonly gallery: Matrix } | undefined;
  /** Told how many queries more are done. */
  readonly onQueries?: ((count: number) => void) | undefined;
}

/**
 * Ranks the items of a gallery for each query by Euclidean distance, equal ones by id. Unit vectors rank so as by cosine.
 * @param gallery the queries themselves, to look for each among all others
 * @throws MedembedError "invalid-data" for more items wanted than there are
 */
export function rankGallery(queries: RetrievalItems, gallery: RetrievalItems, options: RankOptions): FoundItems[] {
  const { depth, likeness, copies, onQueries } = options;
  checkDepth(depth, gallery.ids.length - Number(queries === gallery)); // nothing finds itself
  const order = [...gallery.ids.keys()].sort((a, b) => (gallery.ids[a] < gallery.ids[b] ? -1 : 1));
  const sorted = takeItems(gallery, order);
  const told = copies && { ...copies, gallery: takeRows(copies.gallery, order) };
  const relevantFor = countRelevant(sorted);
  const found: FoundItems[] = [];
  for (let first = 0; first < queries.ids.length; first += QUERIES_AT_ONCE) {
    const rows = Array.from({ length: Math.min(QUERIES_AT_ONCE, queries.ids.length - first) }, (_, i) => first + i);
    const some = takeItems(queries, rows);
    const hidden =
      likeness === undefined
        ? undefined
        : nearDuplicates(told ? takeRows(told.queries, rows) : some.vectors, told?.gallery ?? sorted.vectors, likeness);
    const apart = { queries: some.groups, gallery: sorted.groups };
    const { places } = nearestByDistance(some.vectors, sorted.vectors, { count: depth, apart, hidden });
    for (const [i, label] of some.labels.entries()) {
      const own = places.subarray(i * depth, (i + 1) * depth).filter((place) => place >= 0);
      found.push({
        ids: Array.from(own, (place) => sorted.ids[place]),
        relevance: Uint8Array.from(own, (place) => Number(sorted.labels[place] === label)),
        relevant: relevantFor(label, some.groups[i], hidden?.[i]),
      });
    }
    onQueries?.(rows.length);
  }
  return found;
}

/** How many items a query of a label and a group should find: not those of its group, and not those that are hidden from it. */
function countRelevant({ labels, groups }: RetrievalItems) {
  const placesOf = new Map<string, number[]>();
  for (const [place, group] of groups.entries()) {
    const own = placesOf.get(group) ?? [];
    own.push(place);
    placesOf.set(group, own);
  }
  const totals = new Map<number, number>();
  for (const label of labels) totals.set(label, (totals.get(label) ?? 0) + 1);
  return (label: number, group: string, hidden: ReadonlySet<number> = new Set()) => {
    const isOut = new Set([...(placesOf.get(group) ?? []), ...hidden]);
    return (totals.get(label) ?? 0) - [...isOut].filter((place) => labels[place] === label).length;
  };
}

/** Some of the items, in the order of these rows. */
export function takeItems(items: RetrievalItems, rows: readonly number[]): RetrievalItems {
  return { ...takeLabelled(items, rows), ids: rows.map((row) => items.ids[row]) };
}

/** @throws MedembedError "invalid-data" */
export function checkDepth(depth: number, items: number): void {
  if (depth <= items) return;
  throw new MedembedError("invalid-data", `k is ${depth}, but there are ${items} items to find: take a smaller k`);
}

import { MedembedError } from "../../errors.ts";
import { type Matrix, takeRows } from "../matrix.ts";
import { nearestByDistance } from "../nearest-by-distance.ts";
import { nearDuplicates } from "./near-duplicates.ts";

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
}

/**
 * Ranks the items of a gallery for each query by Euclidean distance, equal ones by id. Unit vectors rank so as by cosine.
 * @param gallery the queries themselves, to look for each among all others
 * @throws MedembedError "invalid-data" for more items wanted than there are
 */
export function rankGallery(queries: RetrievalItems, gallery: RetrievalItems, options: RankOptions): FoundItems[] {
  const { depth, likeness, copies } = options;
  checkDepth(depth, gallery.ids.length - Number(queries === gallery)); // nothing finds itself
  const order = [...gallery.ids.keys()].sort((a, b) => (gallery.ids[a] < gallery.ids[b] ? -1 : 1));
  const groups = order.map((row) => gallery.groups[row]);
  const hidden =
    likeness === undefined
      ? undefined
      : nearDuplicates(
          copies?.queries ?? queries.vectors,
          takeRows(copies?.gallery ?? gallery.vectors, order),
          likeness,
        );
  const { places } = nearestByDistance(queries.vectors, takeRows(gallery.vectors, order), {
    count: depth,
    apart: { queries: queries.groups, gallery: groups },
    hidden,
  });
  return queries.ids.map((_, query) => {
    const isRelevant = (place: number) => gallery.labels[order[place]] === queries.labels[query];
    const found = places.subarray(query * depth, (query + 1) * depth).filter((place) => place >= 0);
    const candidates = [...order.keys()].filter(
      (place) => groups[place] !== queries.groups[query] && !hidden?.[query].has(place),
    );
    return {
      ids: Array.from(found, (place) => gallery.ids[order[place]]),
      relevance: Uint8Array.from(found, (place) => Number(isRelevant(place))),
      relevant: candidates.filter(isRelevant).length,
    };
  });
}

/** @throws MedembedError "invalid-data" */
export function checkDepth(depth: number, items: number): void {
  if (depth <= items) return;
  throw new MedembedError("invalid-data", `k is ${depth}, but there are ${items} items to find: take a smaller k`);
}

import { meanOfDefined } from "./row-weights.ts";

/**
 * What a query found: for each rank, the nearest first, whether that item is relevant, e.g. has the query's label. The
 * query itself, and whatever else must not count, was taken out before.
 */
export type Relevance = ArrayLike<number | boolean>;

/** The share of relevant items among the first k; ranks beyond what was found count as misses. */
export function precisionAt(k: number, relevance: Relevance): number {
  return hitsWithin(k, relevance) / k;
}

/** 1 when one of the first k items is relevant, else 0 ("hit recall", as for pairs of image and text). */
export function hitAt(k: number, relevance: Relevance): number {
  return Number(hitsWithin(k, relevance) > 0);
}

/** The share of all relevant items that are among the first k ("set recall"); NaN where there are none. @param relevant how many the index has */
export function recallAt(k: number, relevance: Relevance, relevant: number): number {
  return hitsWithin(k, relevance) / relevant;
}

/**
 * The sum of the precisions at each hit among the first n ranks, over a denominator that is a choice: the hits among these n
 * (`"retrieved"`, as published; what was not found costs nothing), or the number of relevant items in the index, at most n.
 * 0 where nothing relevant was found; NaN where the index has nothing relevant.
 */
export function averagePrecisionAt(n: number, relevance: Relevance, denominator: "retrieved" | number): number {
  let [hits, sum] = [0, 0];
  for (let rank = 0; rank < Math.min(n, relevance.length); rank++) {
    if (!relevance[rank]) continue;
    hits++;
    sum += hits / (rank + 1);
  }
  if (denominator !== "retrieved") return sum / Math.min(n, denominator);
  return hits === 0 ? 0 : sum / hits;
}

/** The share of the true nearest items that an approximate index found as well. @param found @param exact ids, in any order */
export function indexRecall<Id>(found: readonly Id[], exact: readonly Id[]): number {
  const known = new Set(found);
  return exact.filter((id) => known.has(id)).length / exact.length;
}

/**
 * Figures of queries as one: the mean over all (`micro`), and the mean over the labels of the mean of each (`macro`), which
 * is the "overall precision" of the published search. Queries without a value (NaN) are left out.
 * @param values [queries] @param labels [queries]
 */
export function meanOfQueries<Label>(
  values: ArrayLike<number>,
  labels: readonly Label[],
): { readonly micro: number; readonly macro: number; readonly byLabel: ReadonlyMap<Label, number> } {
  const ofLabel = new Map<Label, number[]>();
  for (const [query, label] of labels.entries()) ofLabel.set(label, [...(ofLabel.get(label) ?? []), values[query]]);
  const byLabel = new Map([...ofLabel].map(([label, own]) => [label, meanOfDefined(own)]));
  return { micro: meanOfDefined(Array.from(values)), macro: meanOfDefined(byLabel.values()), byLabel };
}

function hitsWithin(k: number, relevance: Relevance): number {
  let hits = 0;
  for (let rank = 0; rank < Math.min(k, relevance.length); rank++) hits += Number(relevance[rank]);
  return hits;
}

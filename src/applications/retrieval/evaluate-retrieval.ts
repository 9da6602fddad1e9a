import { MedembedError } from "../../errors.ts";
import { type BootstrapOptions, type Estimate, estimateEach } from "../metrics/bootstrap.ts";
import { averagePrecisionAt, hitAt, precisionAt, recallAt } from "../metrics/retrieval.ts";
import { meanOfDefined } from "../metrics/row-weights.ts";
import type { FoundItems } from "./rank-gallery.ts";

interface RetrievalMeasure {
  /** For people, with k for the number of ranks. */
  readonly name: string;
  readonly of: (k: number, found: FoundItems) => number;
}

/** The figures of a search, each at a number of ranks k. */
export const RETRIEVAL_FIGURES = {
  precision: { name: "P@k", of: (k, { relevance }) => precisionAt(k, relevance) },
  hit: { name: "hit@k", of: (k, { relevance }) => hitAt(k, relevance) },
  recall: { name: "recall@k", of: (k, { relevance, relevant }) => recallAt(k, relevance, relevant) },
  /** Over the hits that were found, as published. */
  averagePrecision: { name: "AP@k", of: (k, { relevance }) => averagePrecisionAt(k, relevance, "retrieved") },
  /** Over the relevant items there are, at most k: what was not found costs. */
  averagePrecisionOfAll: {
    name: "AP@k of all",
    of: (k, { relevance, relevant }) => (relevant === 0 ? Number.NaN : averagePrecisionAt(k, relevance, relevant)),
  },
} as const satisfies Record<string, RetrievalMeasure>;

export type RetrievalFigure = keyof typeof RETRIEVAL_FIGURES;
const FIGURES = Object.keys(RETRIEVAL_FIGURES) as RetrievalFigure[];

export interface RetrievalMeans {
  /** Over all queries. */
  readonly micro: Estimate;
  /** Over the labels, of the mean of each. */
  readonly macro: Estimate;
  /** [labels], NaN for one without queries. */
  readonly perLabel: readonly number[];
}

/** How well a search finds what has the query's label, each figure with its 95 % interval over groups. */
export interface RetrievalReport {
  readonly queries: number;
  /** Patients, for example. */
  readonly groups: number;
  /** Queries for which there is nothing relevant: they count as misses in P@k, and not at all in recall. */
  readonly withoutRelevant: number;
  readonly atRanks: readonly {
    readonly k: number;
    readonly figures: Readonly<Record<RetrievalFigure, RetrievalMeans>>;
  }[];
}

export interface RetrievalQueries {
  /** [queries], class numbers. */
  readonly labels: Int32Array;
  /** [queries] */
  readonly groups: readonly string[];
}

/**
 * @param found [queries], each as deep as the largest k @param classes how many labels there are
 * @throws MedembedError "invalid-data" without queries, or for one label only, which everything has
 */
export function evaluateRetrieval(
  found: readonly FoundItems[],
  { labels, groups }: RetrievalQueries,
  { classes, ranks, bootstrap }: { classes: number; ranks: readonly number[]; bootstrap: BootstrapOptions },
): RetrievalReport {
  if (found.length === 0) throw new MedembedError("invalid-data", "there are no queries to evaluate with");
  if (classes < 2) {
    throw new MedembedError(
      "invalid-data",
      "there is one label only: whatever is found has it, so nothing is measured. Add what has another label",
    );
  }
  return {
    queries: found.length,
    groups: new Set(groups).size,
    withoutRelevant: found.filter(({ relevant }) => relevant === 0).length,
    atRanks: ranks.map((k) => {
      const means = FIGURES.map((figure): [RetrievalFigure, RetrievalMeans] => {
        const values = Float64Array.from(found, (one) => RETRIEVAL_FIGURES[figure].of(k, one));
        const meansOf = (weights: ArrayLike<number>) => meansOfQueries(values, labels, classes, weights);
        const estimates = estimateEach(
          groups,
          (weights) => {
            const { micro, perLabel } = meansOf(weights);
            return { micro, macro: meanOfDefined(perLabel) };
          },
          bootstrap,
        );
        return [figure, { ...estimates, perLabel: meansOf(new Float64Array(values.length).fill(1)).perLabel }];
      });
      return { k, figures: Object.fromEntries(means) as Record<RetrievalFigure, RetrievalMeans> };
    }),
  };
}

/** Queries without a value are left out. */
function meansOfQueries(values: Float64Array, labels: Int32Array, classes: number, weights: ArrayLike<number>) {
  const [sums, totals] = [new Float64Array(classes), new Float64Array(classes)];
  for (let query = 0; query < values.length; query++) {
    if (Number.isNaN(values[query])) continue;
    sums[labels[query]] += weights[query] * values[query];
    totals[labels[query]] += weights[query];
  }
  const add = (all: Float64Array) => all.reduce((sum, one) => sum + one, 0);
  return { micro: add(sums) / add(totals), perLabel: Array.from(sums, (sum, name) => sum / totals[name]) };
}

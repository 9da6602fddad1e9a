import type { Matrix } from "../matrix.ts";
import { conformalPValues } from "../metrics/conformal.ts";
import { type NearestRows, nearestByDistance } from "../nearest-by-distance.ts";
import { fitMahalanobis } from "./mahalanobis.ts";
import { checkFinite, checkReference, type ReferenceSet } from "./reference-set.ts";

/** The ways to say how far a vector is from a reference set. A score is higher for what is less usual. */
export const OUTLIER_METHODS = {
  /** The mean of the Euclidean distances to the nearest references, as published with two of them. */
  knn: "mean distance to the nearest references",
  mahalanobis: "distance from the mean of the references in units of their spread",
} as const satisfies Record<string, string>;

export type OutlierMethod = keyof typeof OUTLIER_METHODS;

export interface OutlierOptions {
  readonly methods: readonly OutlierMethod[];
  /** Nearest references that a score is the mean of, and that explain it. As published: 2. */
  readonly neighbours: number;
  /** Told of the parts of the reference that were left out so far, where that takes a while. */
  readonly onPart?: (done: number, parts: number) => void;
}

/** What one method makes of rows. */
export interface OutlierScores {
  /** [rows] */
  readonly scores: Float64Array;
  /** [rows], conformal: see `conformalPValues`. */
  readonly pValues: Float64Array;
}

/** What all methods make of rows. */
export interface Judgement {
  readonly byMethod: Readonly<Partial<Record<OutlierMethod, OutlierScores>>>;
  /** The references that each row is nearest to, none of its own group among them. */
  readonly nearest: NearestRows;
}

/** Judges vectors by a reference set. */
export interface OutlierDetector {
  readonly reference: ReferenceSet;
  /** [references], the score of each as if it and its group were not in the reference: in it, it would be its own neighbour. */
  readonly leftOut: Readonly<Partial<Record<OutlierMethod, Float64Array>>>;
  /** @throws MedembedError "invalid-data" for what is no finite number */
  judge(vectors: Matrix, groups: readonly string[]): Judgement;
}

/**
 * @throws MedembedError "invalid-data" for a reference with fewer vectors than neighbours once a group is left out, with what is no finite
 * number, or, for the Mahalanobis distance, without a covariance
 */
export function fitOutlierDetector(
  reference: ReferenceSet,
  { methods, neighbours: count, onPart }: OutlierOptions,
): OutlierDetector {
  checkReference(reference, count);
  const { vectors: gallery, groups: own } = reference;
  const nearestTo = (vectors: Matrix, groups: readonly string[]) =>
    nearestByDistance(vectors, gallery, { count, apart: { queries: groups, gallery: own } });
  const mahalanobis = methods.includes("mahalanobis") ? fitMahalanobis(reference, onPart) : undefined;

  const leftOut: Partial<Record<OutlierMethod, Float64Array>> = {};
  if (methods.includes("knn")) leftOut.knn = meanDistances(nearestTo(gallery, own));
  if (mahalanobis) leftOut.mahalanobis = mahalanobis.leftOut;
  return {
    reference,
    leftOut,
    judge: (vectors, groups) => {
      checkFinite(vectors, "vectors to judge");
      const nearest = nearestTo(vectors, groups);
      const byMethod = Object.fromEntries(
        methods.map((method) => {
          const scores = method === "knn" ? meanDistances(nearest) : mahalanobis!.score(vectors);
          return [method, { scores, pValues: conformalPValues(leftOut[method]!, scores) }];
        }),
      );
      return { byMethod, nearest };
    },
  };
}

function meanDistances({ count, distances }: NearestRows): Float64Array {
  return Float64Array.from({ length: distances.length / count }, (_, row) => {
    const own = distances.subarray(row * count, (row + 1) * count);
    return own.reduce((sum, distance) => sum + distance, 0) / count;
  });
}

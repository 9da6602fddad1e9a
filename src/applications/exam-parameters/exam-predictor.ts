import { MedembedError } from "../../errors.ts";
import { describeSpace, isSameSpace, type VectorSpace } from "../../vector-space.ts";
import type { Matrix } from "../matrix.ts";
import { nearestByDistance } from "../nearest-by-distance.ts";
import { checkFinite, checkReference } from "../outliers/reference-set.ts";
import type { ExamExamples } from "./examples.ts";
import { distanceWeights, type LabelAnswer, voteOn, weightedMedian } from "./neighbour-votes.ts";
import { NUMBER_TARGETS, type NumberTarget, type Scale } from "./targets.ts";

export interface ExamSettings {
  /** Neighbours that are asked. */
  readonly neighbours: number;
  /** Of the votes, by which the first label must lead the second: else there is no answer. */
  readonly margin: number;
  /** The share of true numbers that may lie outside their interval. */
  readonly alpha: number;
}

/** What the neighbours say in a number. Not to be written over one that a header tells. */
export interface NumberAnswer {
  /** The weighted median of the neighbours; undefined where most of them do not tell. */
  readonly value: number | undefined;
  /** The ends of the interval; undefined without a value, and where the examples are too few for so narrow an alpha. */
  readonly low: number | undefined;
  readonly high: number | undefined;
}

/** What is told of one vector. */
export interface ExamAnswer {
  readonly labels: Readonly<Record<string, LabelAnswer>>;
  readonly numbers: Readonly<Partial<Record<NumberTarget, NumberAnswer>>>;
  /** Those that were asked, nearest first; none of the same patient. */
  readonly neighbours: readonly { readonly id: string; readonly distance: number }[];
}

/** How far from the value the ends of an interval are: an amount, or on a logarithmic scale the logarithm of a factor. */
export type Spreads = Readonly<Partial<Record<NumberTarget, number>>>;

/** Tells what headers say from the nearest examples, in the full space of the vectors. */
export class ExamPredictor {
  readonly examples: ExamExamples;
  readonly settings: ExamSettings;
  readonly space: VectorSpace;
  readonly spreads: Spreads;

  /** @throws MedembedError "invalid-data" for fewer examples than neighbours once a patient's are left out, "usage" for a margin or alpha out of range */
  constructor(examples: ExamExamples, settings: ExamSettings, space: VectorSpace, spreads: Spreads = {}) {
    checkReference(examples, settings.neighbours);
    this.examples = examples;
    this.settings = settings;
    this.space = space;
    this.spreads = spreads;
  }

  /** @throws MedembedError "wrong-space" for vectors of another model or profile than the examples */
  requireSpace(space: VectorSpace): void {
    if (isSameSpace(this.space, space)) return;
    throw new MedembedError(
      "wrong-space",
      `the examples are vectors of ${describeSpace(this.space)} and say nothing of those of ${describeSpace(space)}: ` +
        "embed with that model and profile, or fit anew",
    );
  }

  /**
   * @param vectors [rows, dimensions] @param groups [rows], patients: their own examples are not asked
   * @throws MedembedError "invalid-data" for what is no finite number
   */
  predict(vectors: Matrix, groups: readonly string[]): ExamAnswer[] {
    checkFinite(vectors, "vectors to predict");
    const { neighbours: count, margin } = this.settings;
    const { ids, vectors: gallery, groups: own, labels, numbers } = this.examples;
    const nearest = nearestByDistance(vectors, gallery, { count, apart: { queries: groups, gallery: own } });
    return Array.from({ length: vectors.rows }, (_, row) => {
      const places = [...nearest.places.subarray(row * count, (row + 1) * count)];
      const distances = nearest.distances.subarray(row * count, (row + 1) * count);
      const weights = distanceWeights(distances);
      const told = <Value>(values: readonly Value[]) => places.map((place) => values[place]);
      return {
        labels: Object.fromEntries(
          Object.entries(labels).map(([target, values]) => [target, voteOn(told(values), weights, margin)]),
        ),
        numbers: Object.fromEntries(
          Object.entries(numbers).map(([target, values]) => [
            target,
            this.#interval(target as NumberTarget, weightedMedian(told(values), weights)),
          ]),
        ),
        neighbours: places.map((place, i) => ({ id: ids[place], distance: distances[i] })),
      };
    });
  }

  #interval(target: NumberTarget, value: number | undefined): NumberAnswer {
    const spread = this.spreads[target];
    if (value === undefined || spread === undefined) return { value, low: undefined, high: undefined };
    const { to, from } = SCALES[NUMBER_TARGETS[target].scale];
    const [low, high] = [-spread, spread].map((step) => from(to(value) + step));
    return { value, low: Math.max(0, low), high };
  }
}

/** There and back. */
export const SCALES: Readonly<
  Record<Scale, { readonly to: (x: number) => number; readonly from: (x: number) => number }>
> = { log: { to: Math.log, from: Math.exp }, linear: { to: (x) => x, from: (x) => x } };

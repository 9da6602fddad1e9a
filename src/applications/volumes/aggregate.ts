import { MedembedError } from "../../errors.ts";
import { quantile } from "../metrics/sorted.ts";

/** Takes vectors of one length as they come, and makes one of all of them. */
interface Aggregator {
  add(vector: Float32Array): void;
  /** @throws nothing once there was a vector */
  result(): Float32Array;
}

interface Method {
  readonly begin: () => Aggregator;
  /** How many times as long as a vector the result is. */
  readonly lengths: number;
  /** Whether the result points into the space of the vectors, and so is brought to length 1 before it is compared with them. */
  readonly isDirection: boolean;
}

/**
 * The ways to one vector for a volume, a series or a study from those of its slices. Mean, maximum and deviation are computed as the vectors
 * come; quantiles need all of them, 4 KB for each. Sums are of 64 bits.
 *
 * Means, medians and maxima of unit vectors are not of length 1. A deviation or the seven statistics are no directions at all: they compare
 * by distance with others of their kind, and the blocks of the seven enter it unscaled. The more slices, the wider minimum and maximum.
 */
export const AGGREGATES = {
  mean: { begin: beginMean, lengths: 1, isDirection: true },
  median: { begin: () => beginSorted(medianOf, 1), lengths: 1, isDirection: true },
  max: { begin: beginMaximum, lengths: 1, isDirection: true },
  /** Standard deviation, ddof 0. */
  std: { begin: beginDeviation, lengths: 1, isDirection: false },
  /** Mean, standard deviation (ddof 1), minimum, quartiles, maximum, one after the other. */
  statistics: { begin: () => beginSorted(sevenStatistics, 7), lengths: 7, isDirection: false },
} as const satisfies Record<string, Method>;

export type AggregateName = keyof typeof AGGREGATES;

/**
 * One vector of many, as numpy computes it along the first axis: not brought to length 1.
 * @param vectors [slices][dimensions], at least one
 * @returns float32 [dimensions], of the seven statistics [7 x dimensions]
 * @throws MedembedError "usage" for none, or vectors of different lengths
 */
export function aggregate(name: AggregateName, vectors: Iterable<Float32Array>): Float32Array {
  const aggregator = beginAggregate(name);
  for (const vector of vectors) aggregator.add(vector);
  return aggregator.result();
}

/** The same for vectors that come one by one. @throws as `aggregate` */
export function beginAggregate(name: AggregateName): Aggregator {
  const aggregator = AGGREGATES[name].begin();
  let length: number | undefined;
  return {
    add: (vector) => {
      length ??= vector.length;
      if (vector.length !== length) {
        throw new MedembedError("usage", `a vector of ${vector.length} among those of ${length} dimensions`);
      }
      aggregator.add(vector);
    },
    result: () => {
      if (length === undefined) throw new MedembedError("usage", "no vectors to aggregate");
      return aggregator.result();
    },
  };
}

/** Brought to length 1, as vectors are that are compared by cosine; of zeros, zeros. */
export function normalised(vector: Float32Array): Float32Array {
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return norm > 0 ? vector.map((value) => value / norm) : vector;
}

function beginMean(): Aggregator {
  let sums = new Float64Array();
  let count = 0;
  return {
    add: (vector) => {
      if (count++ === 0) sums = new Float64Array(vector.length);
      for (let i = 0; i < vector.length; i++) sums[i] += vector[i];
    },
    result: () => Float32Array.from(sums, (sum) => sum / count),
  };
}

function beginMaximum(): Aggregator {
  let highest: Float32Array | undefined;
  return {
    add: (vector) => {
      highest = highest ? highest.map((value, i) => Math.max(value, vector[i])) : Float32Array.from(vector);
    },
    result: () => highest!,
  };
}

/** Welford's method (Technometrics 4, 1962), divided by the number of slices. */
function beginDeviation(): Aggregator {
  let means = new Float64Array();
  let squares = new Float64Array();
  let count = 0;
  return {
    add: (vector) => {
      if (count++ === 0) [means, squares] = [new Float64Array(vector.length), new Float64Array(vector.length)];
      for (let i = 0; i < vector.length; i++) {
        const before = vector[i] - means[i];
        means[i] += before / count;
        squares[i] += before * (vector[i] - means[i]);
      }
    },
    result: () => Float32Array.from(squares, (sum) => Math.sqrt(sum / count)),
  };
}

/** Of all values of one dimension, ascending and without those that are no numbers. */
type Statistics = (sorted: Float64Array) => readonly number[];

function beginSorted(statistics: Statistics, lengths: number): Aggregator {
  const vectors: Float32Array[] = [];
  return {
    add: (vector) => vectors.push(vector),
    result: () => {
      const dimensions = vectors[0].length;
      const found = new Float32Array(lengths * dimensions);
      for (let i = 0; i < dimensions; i++) {
        const values = Float64Array.from(vectors, (vector) => vector[i]).filter((value) => !Number.isNaN(value));
        for (const [block, value] of statistics(values.sort()).entries()) found[block * dimensions + i] = value;
      }
      return found;
    },
  };
}

function medianOf(sorted: Float64Array): [number] {
  return [quantile(sorted, 0.5)];
}

function sevenStatistics(sorted: Float64Array): number[] {
  const count = sorted.length;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / count;
  const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  // One slice has no spread: numpy's NaN of ddof 1 would break every distance.
  const deviation = Math.sqrt(squares / Math.max(1, count - 1));
  const quartiles = [0, 0.25, 0.5, 0.75, 1].map((share) => quantile(sorted, share));
  return [mean, count === 0 ? Number.NaN : deviation, ...quartiles];
}

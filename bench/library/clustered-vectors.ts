/** Clusters on a surface of few dimensions, with noise: that is how vectors of real pictures lie. Without clusters no index can work. */
const CLUSTERS = 200;
const SURFACE_DIMENSIONS = 48;
/** Of a picture from the centre of its cluster, when the centres are 1 from each other in each of these dimensions. */
const SPREAD = 0.5;
/** In each of all dimensions. */
const NOISE = 0.02;

/** Unit vectors, the same ones for the same seed. */
export class ClusteredVectors {
  readonly #dimensions: number;
  readonly #random: () => number;
  readonly #basis: Float32Array;
  readonly #centres: Float32Array;

  constructor(dimensions: number, seed = 1) {
    this.#dimensions = dimensions;
    this.#random = mulberry32(seed);
    this.#basis = this.#normals(SURFACE_DIMENSIONS * dimensions).map((value) => value / Math.sqrt(dimensions));
    this.#centres = this.#normals(CLUSTERS * SURFACE_DIMENSIONS);
  }

  next(): Float32Array {
    const dimensions = this.#dimensions;
    const centre = Math.floor(this.#random() * CLUSTERS) * SURFACE_DIMENSIONS;
    const vector = this.#normals(dimensions).map((value) => value * NOISE);
    for (let axis = 0; axis < SURFACE_DIMENSIONS; axis++) {
      const place = this.#centres[centre + axis] + SPREAD * this.#normal();
      const row = axis * dimensions;
      for (let i = 0; i < dimensions; i++) vector[i] += place * this.#basis[row + i];
    }
    const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    return vector.map((value) => value / length);
  }

  #normals(count: number): Float32Array {
    return Float32Array.from({ length: count }, () => this.#normal());
  }

  /** The sum of four even draws, to mean 0 and deviation 1: normal enough, and cheap. */
  #normal(): number {
    return (this.#random() + this.#random() + this.#random() + this.#random() - 2) * Math.sqrt(3);
  }
}

/** Numbers from 0 to 1. Public domain, by Tommy Ettinger. */
export function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

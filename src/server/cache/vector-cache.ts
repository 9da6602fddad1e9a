import { LRUCache } from "lru-cache";

/** What a vector takes beside its values: the key, the array's objects, its places in the lists. Measured, and rounded up. */
const ENTRY_OVERHEAD_BYTES = 1024;

/** The vectors asked for last, in memory. It keeps copies and hands out copies, so nobody can change what it holds. */
export class VectorCache {
  /** How many vectors had to go for others. */
  evictions = 0;
  readonly #vectors: LRUCache<string, Float32Array>;

  /** @param maxBytes more than 0; of all entries together, with what they take beside their values */
  constructor(maxBytes: number) {
    this.#vectors = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: ({ byteLength }) => byteLength + ENTRY_OVERHEAD_BYTES,
      dispose: (_vector, _key, reason) => {
        if (reason === "evict") this.evictions++;
      },
    });
  }

  get entries(): number {
    return this.#vectors.size;
  }

  get bytes(): number {
    return this.#vectors.calculatedSize;
  }

  get(key: string): Float32Array | undefined {
    return this.#vectors.get(key)?.slice();
  }

  /** The copy also lets go of the batch that the vector may be a part of. */
  set(key: string, vector: Float32Array): void {
    this.#vectors.set(key, vector.slice());
  }
}

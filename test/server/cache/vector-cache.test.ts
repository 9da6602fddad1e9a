import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { VectorCache } from "../../../src/server/cache/vector-cache.ts";

/** Of a vector of so many values, as the cache counts it. */
function bytesOf(length: number): number {
  const cache = new VectorCache(2 ** 30);
  cache.set("key", new Float32Array(length));
  return cache.bytes;
}

const LENGTHS = [1, 16, 256, 1024];
const sizes = new Map(LENGTHS.map((length) => [length, bytesOf(length)]));

/** The same in the plainest way: a list, the vector asked for last at its end. */
class NaiveCache {
  evictions = 0;
  readonly #maxBytes: number;
  #entries: { key: string; vector: Float32Array }[] = [];

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get entries(): number {
    return this.#entries.length;
  }

  get bytes(): number {
    return this.#entries.reduce((sum, { vector }) => sum + sizes.get(vector.length)!, 0);
  }

  get(key: string): Float32Array | undefined {
    const entry = this.#entries.find((other) => other.key === key);
    if (!entry) return undefined;
    this.#entries = [...this.#entries.filter((other) => other !== entry), entry];
    return entry.vector;
  }

  set(key: string, vector: Float32Array): void {
    this.#entries = this.#entries.filter((other) => other.key !== key);
    if (sizes.get(vector.length)! > this.#maxBytes) return;
    this.#entries.push({ key, vector });
    while (this.bytes > this.#maxBytes) {
      this.#entries.shift();
      this.evictions++;
    }
  }
}

test("it holds the vectors asked for last, within its bytes, whatever is asked of it", () => {
  const key = fc.constantFrom(..."abcdefgh");
  const length = fc.constantFrom(...LENGTHS);
  const operation = fc.oneof(
    fc.record({ key, set: fc.constant(false) }),
    fc.record({ key, set: fc.constant(true), length, value: fc.float({ noNaN: true }) }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20_000 }), fc.array(operation, { maxLength: 60 }), (maxBytes, operations) => {
      const cache = new VectorCache(maxBytes);
      const naive = new NaiveCache(maxBytes);
      for (const asked of operations) {
        if ("length" in asked) {
          const vector = new Float32Array(asked.length).fill(asked.value);
          cache.set(asked.key, vector);
          naive.set(asked.key, vector);
        } else {
          assert.deepEqual(cache.get(asked.key), naive.get(asked.key));
        }
        assert.ok(cache.bytes <= maxBytes);
        assert.deepEqual([cache.entries, cache.bytes, cache.evictions], [naive.entries, naive.bytes, naive.evictions]);
      }
    }),
  );
});

test("nobody can change what it holds", () => {
  const cache = new VectorCache(2 ** 20);
  const batch = new Float32Array([1, 2, 3, 4]);
  cache.set("key", batch.subarray(0, 2));
  batch.fill(0);
  cache.get("key")!.fill(0);
  assert.deepEqual(cache.get("key"), new Float32Array([1, 2]));
  assert.equal(cache.get("key")!.buffer.byteLength, 8, "the rest of a batch is not kept alive");
});

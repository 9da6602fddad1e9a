import { createHash } from "node:crypto";
import { join } from "node:path";
import type { StoredVector } from "../../src/library/record.ts";
import type { VectorSpace } from "../../src/vector-space.ts";
import { temporaryFolder } from "../golden-small.ts";

/** Short vectors, of a length that the inner loop of the search does not divide. */
export const SPACE: VectorSpace = { model: "synthetic", weights: "ab".repeat(32), profile: "direct", dimensions: 24 };

/** A unit vector that looks random and is the same for the same seed. */
export function unitVector(seed: string, dimensions = SPACE.dimensions): Float32Array {
  const values = Float32Array.from({ length: dimensions }, (_, i) => {
    return createHash("sha256").update(`${seed} ${i}`).digest().readInt32LE() / 2 ** 31;
  });
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}

export function storedVector(id: string, told: Partial<StoredVector> = {}): StoredVector {
  return {
    id,
    source: `/pictures/${id}.png`,
    added: "2026-01-02T03:04:05.678Z",
    precision: "fp32",
    facts: {},
    labels: {},
    vector: unitVector(id),
    ...told,
  };
}

/** Where there is no library yet. */
export async function freshPlace(): Promise<string> {
  return join(await temporaryFolder(), "library");
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

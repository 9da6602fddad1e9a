import type { Embedder } from "../embedder.ts";
import { MedembedError } from "../errors.ts";

/** What vectors must have in common to be compared. */
export interface VectorSpace {
  /** The model's name, for people. */
  readonly model: string;
  /** SHA-256 of the weights. */
  readonly weights: string;
  readonly profile: string;
  /** Length of the vectors. */
  readonly dimensions: number;
}

/** Of the pictures that an embedder turns into vectors. */
export function spaceOf({ card, profile }: Pick<Embedder, "card" | "profile">): VectorSpace {
  return { model: card.name, weights: card.weights, profile, dimensions: card.projection };
}

/**
 * @param own what is there already @param other what is to be put beside it or compared with it
 * @throws MedembedError "wrong-space" when they do not compare
 */
export function requireSpace(own: VectorSpace, other: VectorSpace): void {
  if (own.weights === other.weights && own.profile === other.profile && own.dimensions === other.dimensions) return;
  throw new MedembedError(
    "wrong-space",
    `the library holds vectors of ${describe(own)}; vectors of ${describe(other)} do not compare with them. ` +
      "Take the library's model and profile, or another library for these",
  );
}

function describe({ model, weights, profile, dimensions }: VectorSpace): string {
  return `${model} (weights ${weights.slice(0, 8)}, profile ${profile}, ${dimensions} values)`;
}

const KEYS = { model: "medembed.model", weights: "medembed.weights", profile: "medembed.profile" } as const;

/** As a table's metadata says it; the vectors' column has their length. */
export function toMetadata(space: VectorSpace): Map<string, string> {
  return new Map(Object.entries(KEYS).map(([key, name]) => [name, space[key as keyof typeof KEYS]]));
}

/** @returns undefined for the metadata of a table that is none of ours */
export function fromMetadata(metadata: ReadonlyMap<string, string>, dimensions: number): VectorSpace | undefined {
  const [model, weights, profile] = Object.values(KEYS).map((name) => metadata.get(name));
  if (model === undefined || weights === undefined || profile === undefined) return undefined;
  return { model, weights, profile, dimensions };
}

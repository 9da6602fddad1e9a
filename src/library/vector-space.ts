import type { Embedder } from "../embedder.ts";
import { MedembedError } from "../errors.ts";
import type { Identify } from "../facts.ts";
import { describeSpace, isSameSpace, type VectorSpace } from "../vector-space.ts";

/** What is said of a library as a whole. */
export interface LibraryHead extends VectorSpace {
  /** Tells whether the patients, studies and series of two sources are hashed under one key, and nothing of the key. */
  readonly identities?: string | undefined;
}

/** As a library remembers the key of a hash. */
export function identitiesOf(identify: Identify): string {
  return identify("patient", "medembed\0library"); // no patient's ID: those hold no zero
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
  if (isSameSpace(own, other)) return;
  throw new MedembedError(
    "wrong-space",
    `the library holds vectors of ${describeSpace(own)}; vectors of ${describeSpace(other)} do not compare with them. ` +
      "Take the library's model and profile, or another library for these",
  );
}

/**
 * @param own of a library @throws MedembedError "wrong-space" where identities are hashed under another key: the same patient would be
 * taken for two
 */
export function requireIdentities(own: LibraryHead, identify: Identify): void {
  if (own.identities === undefined || own.identities === identitiesOf(identify)) return;
  throw new MedembedError(
    "wrong-space",
    "the library hashes patients, studies and series under another key; take that one, or another library",
  );
}

const KEYS = {
  model: "medembed.model",
  weights: "medembed.weights",
  profile: "medembed.profile",
  identities: "medembed.identities",
} as const satisfies Record<Exclude<keyof LibraryHead, "dimensions">, string>;

/** As a table's metadata says it; the vectors' column has their length. */
export function toMetadata(head: LibraryHead): Map<string, string> {
  const said = Object.entries(KEYS).map(([key, name]) => [name, head[key as keyof typeof KEYS]] as [string, string]);
  return new Map(said.filter(([, value]) => value !== undefined));
}

/** @returns undefined for the metadata of a table that is none of ours */
export function fromMetadata(metadata: ReadonlyMap<string, string>, dimensions: number): LibraryHead | undefined {
  const [model, weights, profile, identities] = Object.values(KEYS).map((name) => metadata.get(name));
  if (model === undefined || weights === undefined || profile === undefined) return undefined;
  return { model, weights, profile, dimensions, ...(identities !== undefined && { identities }) };
}

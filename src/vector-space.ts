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

/** The name of the model does not count: weights tell what it is. */
export function isSameSpace(a: VectorSpace, b: VectorSpace): boolean {
  return a.weights === b.weights && a.profile === b.profile && a.dimensions === b.dimensions;
}

/** For messages. */
export function describeSpace({ model, weights, profile, dimensions }: VectorSpace): string {
  return `${model} (weights ${weights.slice(0, 8)}, profile ${profile}, ${dimensions} values)`;
}

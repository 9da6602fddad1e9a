import type { Embedder } from "../../src/embedder.ts";

/** Turns image files into vectors: a model of the product, or a baseline. */
export interface Encoder {
  readonly name: string;
  /** SHA-256. */
  readonly weights: string;
  /** How pictures become pixels. */
  readonly profile: string;
  /** What the vectors depend on beside the picture: vectors of equal identity compare. */
  readonly identity: readonly string[];
  /** Length of the vectors. */
  readonly dimensions: number;
  embedImage(bytes: Uint8Array): Promise<Float32Array>;
  /** Undefined for one that knows pictures only. */
  readonly text: TextSide | undefined;
  close(): Promise<void>;
}

/** The other half of a shared space. */
export interface TextSide {
  /** The factor on cosines in zero-shot classification. */
  readonly cosineScale: number;
  embedText(text: string): Promise<Float32Array>;
}

export function encoderOf(embedder: Embedder, name: string): Encoder {
  const { card, profile } = embedder;
  return {
    name,
    weights: card.weights,
    profile,
    identity: [card.weights, card.precision, `builder ${card.builderVersion}`, profile],
    dimensions: card.projection,
    embedImage: (bytes) => embedder.embedImage(bytes),
    text: { cosineScale: Math.exp(card.logitScale), embedText: (text) => embedder.embedText(text) },
    close: () => embedder.close(),
  };
}

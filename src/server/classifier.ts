import { zeroShotScores } from "../applications/zero-shot.ts";
import type { ServingEmbedder } from "./deployment.ts";

export interface LabelScore {
  readonly label: string;
  /** From 0 to 1; the scores of all labels sum to 1. */
  readonly score: number;
}

/** Names the label that fits an image best, without any training: each label is a text of the same space. */
export class Classifier {
  readonly #labels: readonly string[];
  readonly #vectors: readonly Float32Array[];
  readonly #logitScale: number;

  /** Embeds the labels, each with a full stop at its end, as the published classifier does. */
  static async open(embedder: ServingEmbedder, labels: readonly string[]): Promise<Classifier> {
    const vectors = await Promise.all(labels.map((label) => embedder.embedText(`${label}.`)));
    return new Classifier(labels, vectors, embedder.card.logitScale);
  }

  private constructor(labels: readonly string[], vectors: readonly Float32Array[], logitScale: number) {
    this.#labels = labels;
    this.#vectors = vectors;
    this.#logitScale = logitScale;
  }

  /** @param image a unit vector [projection] @returns every label, best first */
  classify(image: Float32Array): LabelScore[] {
    return zeroShotScores(image, this.#vectors, this.#logitScale)
      .map((score, i) => ({ label: this.#labels[i], score }))
      .sort((a, b) => b.score - a.score);
  }
}

import type { Adapter } from "../applications/adapters/adapter.ts";
import { openAdapter } from "../applications/adapters/adapter-files.ts";
import { callThresholdsOf } from "../applications/adapters/call-thresholds.ts";
import type { CallThresholds } from "../applications/operating-points/three-way-call.ts";
import { embedLabels, zeroShotLogits, zeroShotProbabilities } from "../applications/zero-shot/label-vectors.ts";
import type { PromptedLabel } from "../applications/zero-shot/prompted-label.ts";
import type { DeploymentConfig } from "./config.ts";
import type { ServingEmbedder } from "./deployment.ts";

export interface LabelScore {
  readonly label: string;
  /** From 0 to 1; all together 1, unless each label is answered by itself. */
  readonly score: number;
}

/** @property thresholds by which its score is called in three ways; null where it is not */
interface CalledLabel {
  readonly label: string;
  readonly thresholds: CallThresholds | null;
}

/** Names the label that fits an image best. */
export interface Classifier {
  /** The only one whose vectors it understands, by its id; undefined for one that takes any of the model's. */
  readonly profile?: string;
  readonly labels: readonly CalledLabel[];
  /** @param image a unit vector [projection] @returns every label, best first */
  classify(image: Float32Array): LabelScore[];
}

/** Whether a deployment answers with labels instead of vectors. */
export function isClassifier({ labels, adapter }: Pick<DeploymentConfig, "labels" | "adapter">): boolean {
  return labels !== undefined || adapter !== undefined;
}

/** @throws MedembedError for an adapter that cannot be opened or was trained on vectors of another model or profile */
export async function openClassifier(
  embedder: ServingEmbedder,
  { labels, adapter }: Pick<DeploymentConfig, "labels" | "adapter">,
): Promise<Classifier | undefined> {
  if (adapter !== undefined) return trainedClassifier(await openAdapter(adapter), embedder);
  return labels && zeroShotClassifier(embedder, labels);
}

/** Without any training: the texts of each label are of the same space as images. */
async function zeroShotClassifier(embedder: ServingEmbedder, labels: readonly PromptedLabel[]): Promise<Classifier> {
  const vectors = await embedLabels(embedder, labels);
  return {
    labels: vectors.names.map((label) => ({ label, thresholds: null })),
    classify: (image) => {
      const logits = zeroShotLogits({ rows: 1, columns: image.length, values: image }, vectors);
      return ranked(vectors.names, zeroShotProbabilities(logits, vectors).values);
    },
  };
}

function trainedClassifier(adapter: Adapter, { card, profile }: ServingEmbedder): Classifier {
  const { name: model, weights, projection: dimensions } = card;
  adapter.requireSpace({ model, weights, profile, dimensions });
  const { labels } = adapter.card;
  return {
    profile,
    labels: labels.map((label) => ({ label, thresholds: callThresholdsOf(adapter.card, label) ?? null })),
    classify: (image) => ranked(labels, adapter.probabilities({ rows: 1, columns: dimensions, values: image }).values),
  };
}

function ranked(labels: readonly string[], scores: ArrayLike<number>): LabelScore[] {
  return labels.map((label, i) => ({ label, score: scores[i] })).sort((a, b) => b.score - a.score);
}

import { MedembedError } from "../../errors.ts";
import { type Matrix, sigmoidRows, softmaxRows, stack } from "../matrix.ts";
import { innerProducts } from "../products.ts";
import { normalised } from "../volumes/aggregate.ts";
import type { PromptedLabel } from "./prompted-label.ts";

/** What pictures are compared with: the texts of each label as one vector. */
export interface LabelVectors {
  readonly names: readonly string[];
  /** Rows of length 1, [labels, projection]. */
  readonly present: Matrix;
  /** Of the texts for absence, [labels, projection]; undefined where labels compete with one another. */
  readonly absent?: Matrix;
  /** The natural logarithm of the factor on cosines, as the checkpoint stores it. */
  readonly logitScale: number;
}

/** What turns texts into vectors: an `Embedder`, for example. */
interface TextEmbedder {
  readonly card: { readonly logitScale: number };
  embedText(text: string): Promise<Float32Array>;
}

/**
 * Embeds each text once.
 * @throws MedembedError "invalid-data" for texts without a direction: the model gives no numbers, or they cancel out
 */
export async function embedLabels(embedder: TextEmbedder, labels: readonly PromptedLabel[]): Promise<LabelVectors> {
  const texts = [...new Set(labels.flatMap(({ prompts, negatives }) => [...prompts, ...negatives]))];
  const vectors = await Promise.all(texts.map((text) => embedder.embedText(text)));
  const vectorOf = new Map(texts.map((text, i) => [text, vectors[i]]));
  const averages = (side: "prompts" | "negatives") =>
    stack(labels.map((label) => ensembleVector(label[side].map((text) => vectorOf.get(text)!))));
  const isPaired = labels.some(({ negatives }) => negatives.length > 0);
  return {
    names: labels.map(({ name }) => name),
    present: averages("prompts"),
    ...(isPaired && { absent: averages("negatives") }),
    logitScale: embedder.card.logitScale,
  };
}

/**
 * One vector for several texts: the mean of the vectors brought to length 1, brought to length 1 itself.
 * @param vectors at least one, [texts][projection]
 * @throws MedembedError "invalid-data" where that has no direction
 */
export function ensembleVector(vectors: readonly Float32Array[]): Float32Array {
  const sums = new Float32Array(vectors[0].length);
  for (const vector of vectors) {
    for (const [i, value] of normalised(vector).entries()) sums[i] += value;
  }
  const mean = normalised(sums);
  if (!mean.every(Number.isFinite) || mean.every((value) => value === 0)) {
    throw new MedembedError(
      "invalid-data",
      "the vectors of a label's texts have no direction in common: change a text",
    );
  }
  return mean;
}

/**
 * exp(logitScale) × cosine, the model's own training objective. Of labels with a text for their absence, the logit of presence less that
 * of absence, so that each label stands for itself.
 * @param images [rows, projection], of any length but zero
 * @returns [rows, labels]
 * @throws MedembedError "wrong-space" for vectors of another length, "invalid-data" for a row that is no direction
 */
export function zeroShotLogits(images: Matrix, { present, absent, logitScale }: LabelVectors): Matrix {
  const { rows, columns } = images;
  if (columns !== present.columns) {
    throw new MedembedError(
      "wrong-space",
      `vectors of ${columns} values do not compare with texts of ${present.columns}`,
    );
  }
  const units = stack(
    Array.from({ length: rows }, (_, row) => {
      const unit = normalised(images.values.subarray(row * columns, (row + 1) * columns));
      if (unit.every(Number.isFinite) && unit.some((value) => value !== 0)) return unit;
      throw new MedembedError(
        "invalid-data",
        `vector ${row + 1} is zero or holds what is no finite number: embed it again`,
      );
    }),
    columns,
  );
  const scale = Math.exp(logitScale);
  const cosines = innerProducts(units, present);
  const opposite = absent && innerProducts(units, absent);
  return { ...cosines, values: cosines.values.map((cosine, i) => scale * (cosine - (opposite?.values[i] ?? 0))) };
}

/**
 * How well each label fits. Labels that compete share 1 among them, so that a probability holds for this set of labels only; of those with a
 * text for their absence it is the share of presence against absence.
 * @param logits of `zeroShotLogits`, [rows, labels]
 * @returns [rows, labels]
 */
export function zeroShotProbabilities(logits: Matrix, { absent }: LabelVectors): Matrix {
  return absent ? sigmoidRows(logits) : softmaxRows(logits);
}

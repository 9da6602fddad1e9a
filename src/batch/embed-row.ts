import type { Embedder } from "../embedder.ts";
import { type ErrorCode, MedembedError } from "../errors.ts";
import type { Column, Fault, InputRow } from "./read-rows.ts";

/** What a batch needs of an `Embedder`. */
export type BatchEmbedder = Pick<Embedder, "card" | "profile" | "embedImage" | "embedText">;

/** What is the fault of a row's content; all else stops the batch, which can be taken up again. */
const ROW_FAULTS: ReadonlySet<ErrorCode> = new Set([
  "unsupported-image",
  "corrupt-image",
  "image-too-large",
  "invalid-text",
]);

/** A row's vectors as JSON, or why it has none. */
export interface EmbeddedRow {
  readonly row: number | undefined;
  readonly image?: string;
  readonly text?: string;
  readonly fault?: Fault;
}

interface EmbedRowOptions {
  readonly embedder: BatchEmbedder;
  readonly profile: string;
  readonly signal: AbortSignal;
}

/** One bad half fails the row. @throws MedembedError "cancelled", "engine-failed", "closed" */
export async function embedRow(
  { row, image, text, fault }: InputRow,
  { embedder, profile, signal }: EmbedRowOptions,
): Promise<EmbeddedRow> {
  if (fault) return { row, fault };
  const [imageHalf, textHalf] = await Promise.all([
    image && embedHalf("image", embedder.embedImage(image, { profile, signal })),
    text === undefined ? undefined : embedHalf("text", embedder.embedText(text, { signal })),
  ]);
  const failed = imageHalf?.fault ?? textHalf?.fault;
  return failed ? { row, fault: failed } : { row, ...imageHalf, ...textHalf };
}

async function embedHalf(column: Column, vector: Promise<Float32Array>): Promise<Omit<EmbeddedRow, "row">> {
  try {
    return { [column]: writeVector(await vector) };
  } catch (error) {
    if (!(error instanceof MedembedError) || !ROW_FAULTS.has(error.code)) throw error;
    return { fault: { code: error.code, message: error.message, column } };
  }
}

/** Digit for digit what `POST /score` answers: reading them gives the same float32. */
function writeVector(vector: Float32Array): string {
  if (!vector.every(Number.isFinite)) throw new Error("a vector holds a value that is no number");
  return JSON.stringify(Array.from(vector));
}

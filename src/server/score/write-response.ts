import type { EmbeddedRow } from "../calls/embed-rows.ts";
import { joinPieces, type Piece, writeArray, writeObject } from "../calls/json-pieces.ts";

/** The forms that the published service is documented with; clients read the list, those of a classifier the labels. */
const RESPONSE_FORMS = {
  list: writeList,
  object: writeColumns,
  labels: writeLabels,
} as const satisfies Record<string, (rows: readonly EmbeddedRow[], scalingFactor: number | undefined) => Piece[]>;

export type ResponseForm = keyof typeof RESPONSE_FORMS;

/** @param scalingFactor undefined leaves it out @returns JSON in UTF-8 */
export function writeResponse(
  form: ResponseForm,
  rows: readonly EmbeddedRow[],
  scalingFactor: number | undefined,
): Buffer {
  return joinPieces(RESPONSE_FORMS[form](rows, scalingFactor));
}

/** One object a row, in order. Image vectors are nested, text vectors flat: that is what the clients expect. */
function writeList(rows: readonly EmbeddedRow[], scalingFactor: number | undefined): Piece[] {
  const objects = rows.map(({ image, text, fault }) =>
    fault
      ? [JSON.stringify(fault)]
      : writeObject({
          image_features: image && writeArray([[image]]),
          text_features: text && [text],
          scaling_factor: scalingFactor === undefined ? undefined : [String(scalingFactor)],
        }),
  );
  return writeArray(objects);
}

/** One object: every image vector, every text vector, both nested, and one factor. */
function writeColumns(rows: readonly EmbeddedRow[], scalingFactor: number | undefined): Piece[] {
  const nested = (half: "image" | "text") => {
    const vectors = rows.map((row) => row[half]).filter((vector) => vector !== undefined);
    return vectors.length > 0 ? writeArray(vectors.map((vector) => [vector])) : undefined;
  };
  return writeObject({
    image_features: nested("image"),
    text_features: nested("text"),
    scaling_factor: scalingFactor === undefined ? undefined : [String(scalingFactor)],
  });
}

/** One list of labels a row, written already. */
function writeLabels(rows: readonly EmbeddedRow[]): Piece[] {
  return writeArray(rows.map(({ image, fault }) => [fault ? JSON.stringify(fault) : image!]));
}

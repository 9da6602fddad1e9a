import type { EmbeddedRow } from "../calls/embed-rows.ts";

/** A piece of JSON: vectors are bytes already, so that a thousand of them are only copied at the end. */
type Piece = string | Buffer;

/** The forms that the published service is documented with; clients read the list, those of a classifier the labels. */
const RESPONSE_FORMS = {
  list: writeList,
  object: writeObject,
  labels: writeLabels,
} as const satisfies Record<string, (rows: readonly EmbeddedRow[], scalingFactor: number | undefined) => Piece[]>;

export type ResponseForm = keyof typeof RESPONSE_FORMS;

/** @param scalingFactor undefined leaves it out @returns JSON in UTF-8 */
export function writeResponse(
  form: ResponseForm,
  rows: readonly EmbeddedRow[],
  scalingFactor: number | undefined,
): Buffer {
  const pieces = RESPONSE_FORMS[form](rows, scalingFactor);
  return Buffer.concat(pieces.map((piece) => (typeof piece === "string" ? Buffer.from(piece) : piece)));
}

/** One object a row, in order. Image vectors are nested, text vectors flat: that is what the clients expect. */
function writeList(rows: readonly EmbeddedRow[], scalingFactor: number | undefined): Piece[] {
  const objects = rows.map(({ image, text, fault }) =>
    fault
      ? [JSON.stringify(fault)]
      : writeObjectOf({
          image_features: image && writeArray([[image]]),
          text_features: text && [text],
          scaling_factor: scalingFactor === undefined ? undefined : [String(scalingFactor)],
        }),
  );
  return writeArray(objects);
}

/** One object: every image vector, every text vector, both nested, and one factor. */
function writeObject(rows: readonly EmbeddedRow[], scalingFactor: number | undefined): Piece[] {
  const nested = (half: "image" | "text") => {
    const vectors = rows.map((row) => row[half]).filter((vector) => vector !== undefined);
    return vectors.length > 0 ? writeArray(vectors.map((vector) => [vector])) : undefined;
  };
  return writeObjectOf({
    image_features: nested("image"),
    text_features: nested("text"),
    scaling_factor: scalingFactor === undefined ? undefined : [String(scalingFactor)],
  });
}

/** One list of labels a row, written already. */
function writeLabels(rows: readonly EmbeddedRow[]): Piece[] {
  return writeArray(rows.map(({ image, fault }) => [fault ? JSON.stringify(fault) : image!]));
}

function writeArray(items: readonly Piece[][]): Piece[] {
  return ["[", ...items.flatMap((item, i) => (i === 0 ? item : [",", ...item])), "]"];
}

/** What is undefined has no key. */
function writeObjectOf(members: Readonly<Record<string, Piece[] | undefined>>): Piece[] {
  const present = Object.entries(members).filter(([, value]) => value !== undefined);
  return ["{", ...present.flatMap(([key, value], i) => [`${i === 0 ? "" : ","}"${key}":`, ...value!]), "}"];
}

import type { EmbeddedRow } from "./embed-rows.ts";

/** The forms that the published service is documented with; clients read the list. */
export const RESPONSE_FORMS = {
  list: writeList,
  object: writeObject,
} as const satisfies Record<string, (rows: readonly EmbeddedRow[], scalingFactor: number | undefined) => string>;

export type ResponseForm = keyof typeof RESPONSE_FORMS;

/** One object a row, in order. Image vectors are nested, text vectors flat: that is what the clients expect. */
function writeList(rows: readonly EmbeddedRow[], scalingFactor: number | undefined): string {
  const objects = rows.map(({ image, text, fault }) =>
    fault
      ? JSON.stringify(fault)
      : writeMembers({
          image_features: image && `[${image}]`,
          text_features: text,
          scaling_factor: scalingFactor?.toString(),
        }),
  );
  return `[${objects.join(",")}]`;
}

/** One object: every image vector, every text vector, both nested, and one factor. */
function writeObject(rows: readonly EmbeddedRow[], scalingFactor: number | undefined): string {
  const all = (half: "image" | "text") => rows.map((row) => row[half]).filter((json) => json !== undefined);
  const nested = (vectors: readonly string[]) => (vectors.length > 0 ? `[${vectors.join(",")}]` : undefined);
  return writeMembers({
    image_features: nested(all("image")),
    text_features: nested(all("text")),
    scaling_factor: scalingFactor?.toString(),
  });
}

/** An object of values that are JSON already; what is undefined has no key. */
function writeMembers(members: Readonly<Record<string, string | undefined>>): string {
  const present = Object.entries(members).filter(([, json]) => json !== undefined);
  return `{${present.map(([key, json]) => `"${key}":${json}`).join(",")}}`;
}

import Type, { type Static } from "typebox";
import { MedembedError } from "../../errors.ts";
import { THUMBNAIL_SIDE } from "../../library/thumbnail.ts";
import { schemaFault } from "../../schema-fault.ts";
import type { ParsedCall } from "../calls/parsed-call.ts";
import type { ParseOptions } from "../calls/parsers.ts";

/** The query of `GET /library/{library}/records/{id}/picture`. */
export const PICTURE_QUERY = {
  size: Type.Optional(
    Type.Integer({
      minimum: 16,
      maximum: 4_096,
      default: THUMBNAIL_SIDE,
      description: "of the longer side, in pixels; a smaller picture stays as it is",
    }),
  ),
};

const PictureSchema = Type.Object(PICTURE_QUERY, { additionalProperties: false });

export interface PictureAsked {
  readonly side: number;
}

/** @throws MedembedError "invalid-request" */
export function parsePicture(_body: Uint8Array, { query }: ParseOptions): ParsedCall<PictureAsked> {
  const given = Object.fromEntries(new URLSearchParams(query));
  const asked = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, /^\d{1,9}$/.test(value) ? Number(value) : value]),
  );
  const fault = schemaFault(PictureSchema, asked);
  if (fault) {
    const place = fault.path[0] === "size" ? "size" : "the query, or a key of it,";
    throw new MedembedError("invalid-request", `${place} ${fault.reason}; known is size`);
  }
  const { size: side = THUMBNAIL_SIDE } = asked as Static<typeof PictureSchema>;
  return { rows: [], imageParams: {}, asked: { side } };
}

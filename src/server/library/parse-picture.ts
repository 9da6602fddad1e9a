import Type, { type Static } from "typebox";
import { MedembedError } from "../../errors.ts";
import type { ShowOptions } from "../../library/show-picture.ts";
import { THUMBNAIL_SIDE } from "../../library/thumbnail.ts";
import type { ParsedCall } from "../calls/parsed-call.ts";
import type { ParseOptions } from "../calls/parsers.ts";
import { checkRequest } from "./parse-request.ts";

/** Of what values measure: beyond those of any scanner. */
const MAX_MEASURE = 1e9;
/** Of a window: the values of a NIfTI file may lie anywhere between 0 and 1. */
const LEAST_WIDTH = 1e-6;
const NUMBER = /^-?\d{1,10}(\.\d{1,20})?(e[+-]?\d{1,3})?$/;

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
  center: Type.Optional(
    Type.Number({
      minimum: -MAX_MEASURE,
      maximum: MAX_MEASURE,
      description: "of the window of grays, with width; without both the picture is as its vector was made",
    }),
  ),
  width: Type.Optional(Type.Number({ minimum: LEAST_WIDTH, maximum: MAX_MEASURE, description: "of the window" })),
  slice: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      description: "of a NIfTI file or a series; without it the middle one",
    }),
  ),
};

const PictureSchema = Type.Object(PICTURE_QUERY, { additionalProperties: false });

export type PictureAsked = Pick<ShowOptions, "side" | "window" | "slice">;

/** @throws MedembedError "invalid-request" */
export function parsePicture(_body: Uint8Array, { query }: ParseOptions): ParsedCall<PictureAsked> {
  const given = Object.fromEntries(
    Array.from(new URLSearchParams(query), ([name, value]) => [name, NUMBER.test(value) ? Number(value) : value]),
  );
  checkRequest(given, PictureSchema, "the query");
  const { size: side = THUMBNAIL_SIDE, center, width, slice } = given as Static<typeof PictureSchema>;
  if ((center === undefined) !== (width === undefined)) {
    throw new MedembedError("invalid-request", "a window has a center and a width: give both");
  }
  const window = center === undefined ? undefined : { center, width: width! };
  return { rows: [], imageParams: {}, asked: { side, window, slice } };
}

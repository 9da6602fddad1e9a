import Type, { type Static } from "typebox";
import type { ParsedCall } from "../calls/parsed-call.ts";
import type { ParseOptions } from "../calls/parsers.ts";
import { checkRequest } from "./parse-request.ts";
import { readField } from "./where.ts";

/** The query of `GET /library/{library}/map`. */
export const MAP_QUERY = {
  by: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 256,
      description: "a field of records, as conditions name it, whose values are told: modality, label.finding",
    }),
  ),
};

const MapSchema = Type.Object(MAP_QUERY, { additionalProperties: false });

export interface MapAsked {
  readonly by: string | undefined;
}

/** @throws MedembedError "invalid-request", also for a field that there is not */
export function parseMap(_body: Uint8Array, { query }: ParseOptions): ParsedCall<MapAsked> {
  const given = Object.fromEntries(new URLSearchParams(query));
  checkRequest(given, MapSchema, "the query");
  const { by } = given as Static<typeof MapSchema>;
  if (by !== undefined) readField(by, "by");
  return { rows: [], imageParams: {}, asked: { by } };
}

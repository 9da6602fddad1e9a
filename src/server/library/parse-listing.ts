import Type, { type Static } from "typebox";
import type { Filter } from "../../library/filter.ts";
import type { ParsedCall } from "../calls/parsed-call.ts";
import type { ParseOptions } from "../calls/parsers.ts";
import { IdSchema } from "./parse-records.ts";
import { checkRequest } from "./parse-request.ts";
import { readWhere, WhereSchema } from "./where.ts";

const MAX_LIMIT = 1_000;

/** The query of `GET /library/{library}/records`; `where` may be given several times. */
export const LISTING_QUERY = {
  where: Type.Optional(WhereSchema),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: MAX_LIMIT, default: 100, description: "records of a page" }),
  ),
  after: Type.Optional(Type.Intersect([IdSchema], { description: "`next` of the page before" })),
};

const ListingSchema = Type.Object(LISTING_QUERY, { additionalProperties: false });

export interface ListingAsked {
  readonly where: Filter;
  readonly count: number;
  readonly after: string | undefined;
}

/** @throws MedembedError "invalid-request" */
export function parseListing(_body: Uint8Array, { query }: ParseOptions): ParsedCall<ListingAsked> {
  const given = new URLSearchParams(query);
  const limit = given.get("limit");
  const listing = {
    ...Object.fromEntries(given),
    ...(given.has("where") && { where: given.getAll("where") }),
    ...(limit !== null && { limit: /^\d{1,9}$/.test(limit) ? Number(limit) : limit }),
  };
  checkRequest(listing, ListingSchema, "the query");
  const { where, limit: count = 100, after } = listing as Static<typeof ListingSchema>;
  return { rows: [], imageParams: {}, asked: { where: readWhere(where), count, after } };
}

import Type from "typebox";
import { MedembedError } from "../../errors.ts";
import type { Filter } from "../../library/filter.ts";
import type { ParsedCall } from "../calls/parsed-call.ts";
import { IdSchema } from "./parse-records.ts";
import { parseRequest } from "./parse-request.ts";
import { readWhere, WhereSchema } from "./where.ts";

const MAX_IDS = 1_000;

/** The request of `DELETE /library/{library}/records`. */
export const RemovalSchema = Type.Object(
  {
    ids: Type.Optional(Type.Array(IdSchema, { minItems: 1, maxItems: MAX_IDS })),
    where: Type.Optional(WhereSchema),
  },
  { title: "RecordsRemoval", additionalProperties: false },
);

export interface RemovalAsked {
  /** Never empty. */
  readonly where: Filter;
}

/** @param body JSON in UTF-8 @throws MedembedError "invalid-request", also for a filter that would let every record through */
export function parseRemoval(body: Uint8Array): ParsedCall<RemovalAsked> {
  const { ids, where = [] } = parseRequest(body, RemovalSchema);
  if ((ids === undefined) === (where.length === 0)) {
    throw invalid("say what to remove, by ids or by conditions in where; nothing at all would remove everything");
  }
  const filter: Filter = ids ? [{ field: "id", operator: "=", values: ids }] : readWhere(where);
  return { rows: [], imageParams: {}, asked: { where: filter } };
}

function invalid(message: string): MedembedError {
  return new MedembedError("invalid-request", message);
}

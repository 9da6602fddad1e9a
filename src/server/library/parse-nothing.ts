import Type from "typebox";
import type { ParsedCall } from "../calls/parsed-call.ts";
import type { ParseOptions } from "../calls/parsers.ts";
import { checkRequest } from "./parse-request.ts";

const NothingSchema = Type.Object({}, { additionalProperties: false });

/** Of a path that takes neither a body nor a query. @throws MedembedError "invalid-request" for a query */
export function parseNothing(_body: Uint8Array, { query }: ParseOptions): ParsedCall<object> {
  checkRequest(Object.fromEntries(new URLSearchParams(query)), NothingSchema, "the query");
  return { rows: [], imageParams: {}, asked: {} };
}

import type { Static, TObject } from "typebox";
import { MedembedError } from "../../errors.ts";
import { schemaFault } from "../../schema-fault.ts";
import { parseJson } from "../calls/parse-json.ts";

/**
 * A body in JSON that must fit a closed schema.
 * @throws MedembedError "invalid-request" with the key at fault, if it is one of ours; others are the caller's, and are not repeated
 */
export function parseRequest<Schema extends TObject>(body: Uint8Array, schema: Schema): Static<Schema> {
  const request = parseJson(body);
  checkRequest(request, schema, "the body");
  return request as Static<Schema>;
}

/** @param whole what it is, for the message */
export function checkRequest(request: unknown, schema: TObject, whole: string): void {
  const fault = schemaFault(schema, request);
  if (!fault) return;
  const known = Object.keys(schema.properties);
  const [first] = fault.path;
  const place = first !== undefined && known.includes(first) ? first : `${whole}, or a key of it,`;
  throw new MedembedError("invalid-request", `${place} ${fault.reason}; known are ${known.join(", ")}`);
}

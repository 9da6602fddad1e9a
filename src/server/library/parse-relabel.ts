import Type from "typebox";
import { MedembedError } from "../../errors.ts";
import type { Filter } from "../../library/filter.ts";
import { checkLabels } from "../../library/labels.ts";
import type { LabelChange } from "../../library/relabel.ts";
import type { ParsedCall } from "../calls/parsed-call.ts";
import { IdSchema } from "./parse-records.ts";
import { parseRequest } from "./parse-request.ts";

const MAX_IDS = 10_000;

/** The request of `POST /library/{library}/labels`. */
export const RelabelSchema = Type.Object(
  {
    ids: Type.Array(IdSchema, { minItems: 1, maxItems: MAX_IDS }),
    set: Type.Optional(Type.Record(Type.String(), Type.String(), { description: "labels that they get" })),
    unset: Type.Optional(Type.Array(Type.String(), { description: "names of labels that they lose" })),
  },
  { title: "LabelChange", additionalProperties: false },
);

export interface RelabelAsked {
  readonly where: Filter;
  readonly change: LabelChange;
}

/** @param body JSON in UTF-8 @throws MedembedError "invalid-request", also for labels that cannot be stored */
export function parseRelabel(body: Uint8Array): ParsedCall<RelabelAsked> {
  const { ids, set = {}, unset = [] } = parseRequest(body, RelabelSchema);
  if (Object.keys(set).length + unset.length === 0) {
    throw new MedembedError("invalid-request", "say what to change: set gives labels, unset takes them away");
  }
  try {
    checkLabels(set);
  } catch (cause) {
    throw new MedembedError("invalid-request", (cause as Error).message, { cause });
  }
  return {
    rows: [],
    imageParams: {},
    asked: { where: [{ field: "id", operator: "=", values: ids }], change: { set, unset } },
  };
}

import Type from "typebox";
import { OUTLIER_METHODS, type OutlierMethod } from "../../applications/outliers/outlier-detector.ts";
import { MedembedError } from "../../errors.ts";
import type { Filter } from "../../library/filter.ts";
import type { ParsedCall } from "../calls/parsed-call.ts";
import type { ParseOptions } from "../calls/parsers.ts";
import { parseRequest } from "./parse-request.ts";
import { parseSubjects, SUBJECT_PROPERTIES, type SubjectsAsked } from "./subjects.ts";
import { readWhere, someConditions } from "./where.ts";

/** Each stands in the answer, for every picture. */
const MAX_NEIGHBOURS = 20;
const METHODS = Object.keys(OUTLIER_METHODS) as OutlierMethod[];

/** The request of `POST /library/{library}/outliers`. */
export const OutliersSchema = Type.Object(
  {
    reference: someConditions("conditions of the records that were accepted, with which others are compared"),
    ...SUBJECT_PROPERTIES,
    outliers: Type.Optional(someConditions("conditions of records that are known outliers: they set the threshold")),
    method: Type.Optional(Type.Enum([...METHODS, "both"], { default: "knn" })),
    neighbours: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_NEIGHBOURS, default: 2 })),
    alpha: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        exclusiveMaximum: 1,
        default: 0.05,
        description: "of pictures like the accepted ones at most this share is called an outlier",
      }),
    ),
    leftOut: Type.Optional(
      Type.Boolean({ default: false, description: "whether the answer has the scores of the references, too" }),
    ),
  },
  { title: "OutliersRequest", additionalProperties: false },
);

export interface OutliersAsked extends SubjectsAsked {
  readonly reference: Filter;
  readonly outliers: Filter | undefined;
  readonly methods: readonly OutlierMethod[];
  readonly neighbours: number;
  readonly alpha: number;
  readonly tellsLeftOut: boolean;
}

/** @param body JSON in UTF-8 @returns one row an image @throws MedembedError "invalid-request" */
export function parseOutliers(body: Uint8Array, { maxRows }: ParseOptions): ParsedCall<OutliersAsked> {
  const request = parseRequest(body, OutliersSchema);
  const { reference, outliers, method = "knn", neighbours = 2, alpha } = request;
  if (outliers && alpha !== undefined) {
    throw new MedembedError("invalid-request", "alpha and outliers are two ways to a threshold: give one of them");
  }
  const { rows, asked } = parseSubjects(request, maxRows);
  return {
    rows,
    imageParams: {},
    asked: {
      ...asked,
      reference: readWhere(reference, "reference"),
      outliers: outliers && readWhere(outliers, "outliers"),
      methods: method === "both" ? METHODS : [method as OutlierMethod],
      neighbours,
      alpha: alpha ?? 0.05,
      tellsLeftOut: request.leftOut ?? false,
    },
  };
}

import Type, { type Static } from "typebox";
import { OUTLIER_METHODS, type OutlierMethod } from "../../applications/outliers/outlier-detector.ts";
import { MedembedError } from "../../errors.ts";
import type { Filter } from "../../library/filter.ts";
import { schemaFault } from "../../schema-fault.ts";
import { parseJson } from "../calls/parse-json.ts";
import type { ParsedCall, ParsedRow } from "../calls/parsed-call.ts";
import type { ParseOptions } from "../calls/parsers.ts";
import { readRow } from "../calls/read-row.ts";
import { readWhere, someConditions } from "./where.ts";

/** Each stands in the answer, for every picture. */
const MAX_NEIGHBOURS = 20;
const METHODS = Object.keys(OUTLIER_METHODS) as OutlierMethod[];

/** The request of `POST /library/{library}/outliers`. */
export const OutliersSchema = Type.Object(
  {
    reference: someConditions("conditions of the records that were accepted, with which others are compared"),
    images: Type.Optional(
      Type.Array(Type.String(), { minItems: 1, description: "pictures to judge: base64 of whole files" }),
    ),
    where: Type.Optional(someConditions("conditions of the records to judge, instead of images")),
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
  },
  { title: "OutliersRequest", additionalProperties: false },
);

export interface OutliersAsked {
  readonly reference: Filter;
  /** Undefined: the rows are to be judged. */
  readonly where: Filter | undefined;
  readonly outliers: Filter | undefined;
  readonly methods: readonly OutlierMethod[];
  readonly neighbours: number;
  readonly alpha: number;
  /** One a row, in order: whose picture it is, as far as its header tells. */
  readonly patients: readonly (string | undefined)[];
}

/** @param body JSON in UTF-8 @returns one row an image @throws MedembedError "invalid-request" */
export function parseOutliers(body: Uint8Array, { maxRows }: ParseOptions): ParsedCall<OutliersAsked> {
  const request = parseJson(body);
  const fault = schemaFault(OutliersSchema, request);
  if (fault) {
    const [first] = fault.path;
    const known = Object.keys(OutliersSchema.properties);
    const place = first !== undefined && known.includes(first) ? first : "the body, or a key of it,";
    throw invalid(`${place} ${fault.reason}; known are ${known.join(", ")}`);
  }
  const {
    reference,
    images,
    where,
    outliers,
    method = "knn",
    neighbours = 2,
    alpha,
  } = request as Static<typeof OutliersSchema>;
  if ((images === undefined) === (where === undefined)) throw invalid("say what to judge: images, or where");
  if (outliers && alpha !== undefined)
    throw invalid("alpha and outliers are two ways to a threshold: give one of them");
  if (images && images.length > maxRows)
    throw invalid(`images has ${images.length} items; at most ${maxRows} are taken`);
  const rows = (images ?? []).map(readImage);
  return {
    rows,
    imageParams: {},
    asked: {
      reference: readWhere(reference, "reference"),
      where: where && readWhere(where),
      outliers: outliers && readWhere(outliers, "outliers"),
      methods: method === "both" ? METHODS : [method as OutlierMethod],
      neighbours,
      alpha: alpha ?? 0.05,
      patients: rows.map(() => undefined),
    },
  };
}

function readImage(image: string): ParsedRow {
  const row = readRow({ image });
  if (row.fault?.code !== "empty-row") return row;
  return { fault: { code: "empty-row", message: "it has no image", column: "image" } };
}

function invalid(message: string): MedembedError {
  return new MedembedError("invalid-request", message);
}

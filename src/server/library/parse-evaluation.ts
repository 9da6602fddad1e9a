import Type from "typebox";
import type { Filter } from "../../library/filter.ts";
import type { ParsedCall } from "../calls/parsed-call.ts";
import { parseRequest } from "./parse-request.ts";
import { readField, readWhere, WhereSchema } from "./where.ts";

/** Whoever looks further has the command line. */
const MAX_RANK = 100;
const MAX_RANKS = 10;
const MAX_SEED = 2 ** 29;

/** The request of `POST /library/{library}/evaluate`. */
export const EvaluationSchema = Type.Object(
  {
    field: Type.String({
      minLength: 1,
      maxLength: 256,
      description: "what a record and what it finds should have in common: label.finding, modality",
    }),
    where: Type.Optional(WhereSchema),
    k: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1, maximum: MAX_RANK }), {
        minItems: 1,
        maxItems: MAX_RANKS,
        description: "how many of the nearest are looked at; without it 1, 3, 5 and 10",
      }),
    ),
    nearDuplicates: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1,
        description: "cosine from which what is found is a copy of what was looked for, and does not count",
      }),
    ),
    seed: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_SEED, default: 0, description: "of the intervals" })),
  },
  { title: "EvaluationRequest", additionalProperties: false },
);

export interface EvaluationAsked {
  /** As conditions name it. */
  readonly field: string;
  readonly where: Filter;
  /** Of those, the records that have the field. */
  readonly labelled: Filter;
  /** Rising. */
  readonly ranks: readonly number[];
  readonly likeness: number | undefined;
  readonly seed: number;
}

/** @param body JSON in UTF-8 @throws MedembedError "invalid-request", also for a field that there is not */
export function parseEvaluation(body: Uint8Array): ParsedCall<EvaluationAsked> {
  const { k = [1, 3, 5, 10], nearDuplicates, seed = 0, ...given } = parseRequest(body, EvaluationSchema);
  const where = readWhere(given.where);
  const field = readField(given.field, "field");
  const labelled: Filter = [...where, { field, operator: "!=", values: [] }];
  const ranks = [...new Set(k)].sort((a, b) => a - b);
  return { rows: [], imageParams: {}, asked: { field, where, labelled, ranks, likeness: nearDuplicates, seed } };
}

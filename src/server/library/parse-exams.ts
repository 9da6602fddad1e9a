import Type from "typebox";
import type { ExamSettings } from "../../applications/exam-parameters/exam-predictor.ts";
import type { Filter } from "../../library/filter.ts";
import type { ParsedCall } from "../calls/parsed-call.ts";
import type { ParseOptions } from "../calls/parsers.ts";
import { parseRequest } from "./parse-request.ts";
import { parseSubjects, SUBJECT_PROPERTIES, type SubjectsAsked } from "./subjects.ts";
import { readWhere, WhereSchema } from "./where.ts";

/** Each stands in the answer, for every picture. */
const MAX_NEIGHBOURS = 20;

/** The request of `POST /library/{library}/exam-parameters`. */
export const ExamsSchema = Type.Object(
  {
    ...SUBJECT_PROPERTIES,
    examples: Type.Optional(
      Type.Intersect([WhereSchema], { description: "conditions of the records to learn from; without them all" }),
    ),
    neighbours: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_NEIGHBOURS, default: 5 })),
    margin: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        default: 0.2,
        description: "of the votes, by which the first label must lead the second",
      }),
    ),
    alpha: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        exclusiveMaximum: 1,
        default: 0.1,
        description: "the share of true numbers that may lie outside their interval",
      }),
    ),
  },
  { title: "ExamParametersRequest", additionalProperties: false },
);

export interface ExamsAsked extends SubjectsAsked, ExamSettings {
  readonly examples: Filter;
}

/** @param body JSON in UTF-8 @returns one row an image @throws MedembedError "invalid-request" */
export function parseExams(body: Uint8Array, { maxRows }: ParseOptions): ParsedCall<ExamsAsked> {
  const request = parseRequest(body, ExamsSchema);
  const { examples, neighbours = 5, margin = 0.2, alpha = 0.1 } = request;
  const { rows, asked } = parseSubjects(request, maxRows);
  const settings = { examples: readWhere(examples, "examples"), neighbours, margin, alpha };
  return { rows, imageParams: {}, asked: { ...asked, ...settings } };
}

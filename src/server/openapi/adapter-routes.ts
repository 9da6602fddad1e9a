import Type from "typebox";
import { ServingSchema } from "../library/adapters/parse-serving.ts";
import { TrainingSchema } from "../library/adapters/parse-training.ts";
import { LabelCountsSchema } from "../library/label-counts-door.ts";
import { CALL_ANSWER_HEADERS, CALL_ERRORS, TIMEOUT_HEADER } from "./embedding-calls.ts";
import { ERROR_BODY } from "./error-schema.ts";
import type { RouteDescription } from "./route-description.ts";

const tag = "Libraries";
const JSON_TYPE = "application/json";
const closed = { additionalProperties: false };
const errors = [...CALL_ERRORS, "no-library"] as const;

/** Classifiers that are trained on the labels of a library. */
export const ADAPTER_ROUTES: readonly RouteDescription[] = [
  {
    method: "get",
    path: "/library/{library}/labels",
    tag,
    summary: "Which labels records have, and how many have each value",
    needsKey: true,
    requestHeaders: TIMEOUT_HEADER,
    answer: {
      description: "By the names of the labels.",
      headers: CALL_ANSWER_HEADERS,
      content: { [JSON_TYPE]: { schema: LabelCountsSchema } },
    },
    errors,
    errorBody: ERROR_BODY,
  },
  {
    method: "post",
    path: "/library/{library}/adapters",
    tag,
    summary: "Train a classifier on the values of a label",
    description:
      "One at a time for each library. The answer is written while it is trained; who leaves ends it. What was trained is kept in memory until the next training.",
    needsKey: true,
    requestHeaders: TIMEOUT_HEADER,
    request: {
      content: {
        [JSON_TYPE]: {
          schema: TrainingSchema,
          examples: {
            finding: {
              summary: "Two heads, of which the better one is kept",
              value: { label: "finding", heads: ["logistic-regression", "k-nn"], k: 1 },
            },
          },
        },
      },
    },
    answer: {
      description:
        "Lines of JSON. `kind` is `epoch` (loss, and AUC and accuracy on the validation rows), `head` (figures of a trained head, each with its interval), and at the end `done` or `failed`.",
      headers: {
        ...CALL_ANSWER_HEADERS,
        "x-accel-buffering": "Tells a proxy to pass lines on as they come.",
      },
      content: { "application/jsonl": { schema: Type.String() } },
    },
    errors,
    errorBody: ERROR_BODY,
  },
  {
    method: "post",
    path: "/library/{library}/adapters/{id}",
    tag,
    summary: "Keep what was trained last, and serve it as a deployment of that name",
    needsKey: true,
    requestHeaders: TIMEOUT_HEADER,
    request: {
      content: {
        [JSON_TYPE]: {
          schema: ServingSchema,
          examples: {
            finding: {
              summary: "With thresholds of one's own",
              value: {
                training: "7d7a…",
                thresholds: { pneumonia: { ruleIn: 0.7, ruleOut: 0.2 } },
              },
            },
          },
        },
      },
    },
    answer: {
      description: "It serves, also after a restart.",
      headers: CALL_ANSWER_HEADERS,
      content: { [JSON_TYPE]: { schema: Type.Object({ library: Type.String(), deployment: Type.String() }, closed) } },
    },
    errors: [...errors, "no-route"],
    errorBody: ERROR_BODY,
  },
  {
    method: "delete",
    path: "/library/{library}/adapters/{id}",
    tag,
    summary: "Serve an adapter no longer, and forget it",
    needsKey: true,
    requestHeaders: TIMEOUT_HEADER,
    answer: {
      description: "It is gone.",
      headers: CALL_ANSWER_HEADERS,
      content: { [JSON_TYPE]: { schema: Type.Object({ library: Type.String(), removed: Type.String() }, closed) } },
    },
    errors: [...errors, "no-route"],
    errorBody: ERROR_BODY,
  },
];

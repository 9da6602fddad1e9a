import Type from "typebox";
import { TEST_IMAGE } from "../deployment.ts";
import { kserveError } from "../kserve/error-form.ts";
import { InferSchema } from "../kserve/parse-infer.ts";
import { CALL_ANSWER_HEADERS, CALL_ERRORS, TIMEOUT_HEADER } from "./embedding-calls.ts";
import type { RouteDescription } from "./route-description.ts";

const tag = "Open Inference Protocol v2";

const errorBody = {
  form: kserveError,
  schema: Type.Object({ error: Type.String({ description: "for people" }) }, { title: "InferError" }),
};

const description = (name: "inputs" | "outputs") => ({
  [name]: Type.Array(Type.Object({ name: Type.String(), datatype: Type.String(), shape: Type.Array(Type.Integer()) })),
});

const InferAnswer = Type.Object(
  {
    model_name: Type.String(),
    id: Type.Optional(Type.String({ description: "as the call gave it" })),
    outputs: Type.Array(
      Type.Object({
        name: Type.String(),
        datatype: Type.Literal("FP32"),
        shape: Type.Array(Type.Integer(), { description: "[vectors, numbers of a vector]" }),
        data: Type.Optional(Type.Array(Type.Number(), { description: "row by row" })),
        parameters: Type.Optional(Type.Object({ binary_data_size: Type.Integer({ minimum: 0 }) })),
      }),
    ),
  },
  { title: "InferAnswer" },
);

const json = (schema: Type.TSchema) => ({ "application/json": { schema } });
const bytes = Type.String({
  contentMediaType: "application/octet-stream",
  description: "the JSON, and behind it the tensors; Inference-Header-Content-Length tells where they begin",
});

export const KSERVE_ROUTES: readonly RouteDescription[] = [
  {
    method: "post",
    path: "/v2/models/{model}/infer",
    tag,
    summary: "Vectors of tensors of images and texts",
    needsKey: true,
    requestHeaders: {
      ...TIMEOUT_HEADER,
      "inference-header-content-length": Type.Integer({
        minimum: 0,
        description: "The length of the JSON, where tensors stand behind it as bytes.",
      }),
    },
    request: {
      description: "Tensors of type BYTES: image files, as base64 in JSON and as they are behind it, and texts.",
      content: {
        "application/json": {
          schema: Type.Object(InferSchema.properties, { title: "InferRequest" }),
          examples: {
            both: {
              summary: "A picture of one pixel, and two texts",
              value: {
                inputs: [
                  { name: "image", datatype: "BYTES", shape: [1], data: [TEST_IMAGE.toString("base64")] },
                  { name: "text", datatype: "BYTES", shape: [2, 1], data: ["chest", "head"] },
                ],
              },
            },
          },
        },
        "application/octet-stream": { schema: bytes },
      },
    },
    answer: {
      description: "A tensor for each input.",
      headers: {
        ...CALL_ANSWER_HEADERS,
        "inference-header-content-length": "The length of the JSON before the bytes.",
      },
      content: { ...json(InferAnswer), "application/octet-stream": { schema: bytes } },
    },
    errors: CALL_ERRORS,
    errorBody,
  },
  {
    method: "get",
    path: "/v2",
    tag,
    summary: "The server",
    needsKey: true,
    answer: {
      description: "Its name and what it speaks.",
      content: json(
        Type.Object(
          { name: Type.String(), version: Type.String(), extensions: Type.Array(Type.String()) },
          { title: "Server" },
        ),
      ),
    },
    errors: ["unauthorised"],
    errorBody,
  },
  {
    method: "get",
    path: "/v2/health/live",
    tag,
    summary: "Whether the process answers",
    needsKey: false,
    answer: { description: "It does.", content: json(Type.Object({ live: Type.Literal(true) })) },
    errors: [],
    errorBody,
  },
  {
    method: "get",
    path: "/v2/health/ready",
    tag,
    summary: "Whether every deployment serves",
    needsKey: false,
    answer: { description: "It does.", content: json(Type.Object({ ready: Type.Literal(true) })) },
    errors: ["warming-up", "stopping"],
    errorBody,
  },
  {
    method: "get",
    path: "/v2/models/{model}",
    tag,
    summary: "The tensors of a deployment",
    needsKey: true,
    answer: {
      description: "Their names, types and shapes.",
      content: json(
        Type.Object(
          {
            name: Type.String(),
            platform: Type.String(),
            ...description("inputs"),
            ...description("outputs"),
          },
          { title: "ModelTensors" },
        ),
      ),
    },
    errors: ["invalid-request", "unauthorised", "no-deployment", "warming-up", "stopping"],
    errorBody,
  },
  {
    method: "get",
    path: "/v2/models/{model}/ready",
    tag,
    summary: "Whether a deployment serves",
    needsKey: true,
    answer: {
      description: "It does.",
      content: json(Type.Object({ name: Type.String(), ready: Type.Literal(true) })),
    },
    errors: ["unauthorised", "no-deployment", "warming-up", "stopping"],
    errorBody,
  },
];

import Type from "typebox";
import { TEST_IMAGE } from "../deployment.ts";
import { openaiError } from "../openai/error-form.ts";
import { EmbeddingsSchema } from "../openai/parse-embeddings.ts";
import { CALL_ANSWER_HEADERS, CALL_ERRORS, TIMEOUT_HEADER } from "./embedding-calls.ts";
import type { RouteDescription } from "./route-description.ts";

const tag = "As OpenAI";

const errorBody = {
  form: openaiError,
  schema: Type.Object(
    {
      error: Type.Object({ message: Type.String(), type: Type.String(), param: Type.Null(), code: Type.String() }),
    },
    { title: "OpenAIError" },
  ),
};

const EmbeddingsAnswer = Type.Object(
  {
    object: Type.Literal("list"),
    data: Type.Array(
      Type.Object({
        object: Type.Literal("embedding"),
        index: Type.Integer(),
        embedding: Type.Union([Type.Array(Type.Number()), Type.String({ contentEncoding: "base64" })], {
          description: "numbers, or float32 with the lowest byte first as base64",
        }),
      }),
    ),
    model: Type.String({ description: "as the call named it" }),
    usage: Type.Object({ prompt_tokens: Type.Integer(), total_tokens: Type.Integer() }),
  },
  { title: "EmbeddingsAnswer" },
);

const Model = Type.Object(
  { id: Type.String(), object: Type.Literal("model"), created: Type.Integer(), owned_by: Type.String() },
  { title: "Model" },
);
const Models = Type.Object({ object: Type.Literal("list"), data: Type.Array(Model) }, { title: "Models" });

export const OPENAI_ROUTES: readonly RouteDescription[] = [
  {
    method: "post",
    path: "/v1/embeddings",
    tag,
    summary: "Vectors of texts and pictures",
    needsKey: true,
    requestHeaders: TIMEOUT_HEADER,
    request: {
      description: "An item is a text, a picture as data:image/…;base64,…, or either in an object.",
      content: {
        "application/json": {
          schema: Type.Object(EmbeddingsSchema.properties, { title: "EmbeddingsRequest" }),
          examples: {
            text: { summary: "A text", value: { model: "default", input: "computed tomography head" } },
            both: {
              summary: "A text, and a picture of one pixel",
              value: {
                model: "default",
                input: ["computed tomography head", { image: TEST_IMAGE.toString("base64") }],
                encoding_format: "base64",
              },
            },
          },
        },
      },
    },
    answer: {
      description: "A vector an item, in order.",
      headers: CALL_ANSWER_HEADERS,
      content: { "application/json": { schema: EmbeddingsAnswer } },
    },
    errors: CALL_ERRORS,
    errorBody,
  },
  {
    method: "get",
    path: "/v1/models",
    tag,
    summary: "The deployments that give vectors",
    needsKey: true,
    answer: { description: "Their names.", content: { "application/json": { schema: Models } } },
    errors: ["unauthorised"],
    errorBody,
  },
  {
    method: "get",
    path: "/v1/models/{model}",
    tag,
    summary: "One of them, by any name that a call may use",
    needsKey: true,
    answer: { description: "Its name.", content: { "application/json": { schema: Model } } },
    errors: ["unauthorised", "no-deployment", "warming-up", "stopping"],
    errorBody,
  },
];

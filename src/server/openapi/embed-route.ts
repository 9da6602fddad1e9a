import Type from "typebox";
import { CALL_ANSWER_HEADERS, CALL_ERRORS, DEPLOYMENT_HEADER, TIMEOUT_HEADER } from "./embedding-calls.ts";
import { ERROR_BODY } from "./error-schema.ts";
import type { RouteDescription } from "./route-description.ts";

const file = Type.String({ contentMediaType: "application/octet-stream", description: "a whole image file" });

export const EMBED_ROUTE: RouteDescription = {
  method: "post",
  path: "/embed",
  tag: "Embedding",
  summary: "Vectors of files and texts as they are, without JSON around them",
  needsKey: true,
  requestHeaders: { ...DEPLOYMENT_HEADER, ...TIMEOUT_HEADER },
  request: {
    description: "One image, one text, or a form with any number of parts named image and text.",
    content: {
      "image/*": { schema: file },
      "application/octet-stream": { schema: file },
      "text/plain": {
        schema: Type.String(),
        examples: { text: { summary: "A text", value: "computed tomography head" } },
      },
      "multipart/form-data": {
        schema: Type.Object({ image: Type.Optional(Type.Array(file)), text: Type.Optional(Type.Array(Type.String())) }),
      },
    },
  },
  answer: {
    description: "A vector a part, in order; as bytes where the header Accept names application/octet-stream first.",
    headers: {
      ...CALL_ANSWER_HEADERS,
      "medembed-rows": "How many vectors there are.",
      "medembed-dimensions": "How many numbers a vector has.",
    },
    content: {
      "application/json": {
        schema: Type.Array(
          Type.Object(
            { kind: Type.Enum(["image", "text"]), vector: Type.Array(Type.Number()) },
            { additionalProperties: false },
          ),
          { title: "EmbedAnswer" },
        ),
      },
      "application/octet-stream": {
        schema: Type.String({
          contentMediaType: "application/octet-stream",
          description: "float32, lowest byte first",
        }),
      },
    },
  },
  errors: CALL_ERRORS,
  errorBody: ERROR_BODY,
};

import Type from "typebox";
import { TEST_IMAGE } from "../deployment.ts";
import { EnvelopeSchema } from "../score/envelope.ts";
import { IMAGE_PARAMS } from "../score/params.ts";
import { CALL_ANSWER_HEADERS, CALL_ERRORS, DEPLOYMENT_HEADER, TIMEOUT_HEADER } from "./embedding-calls.ts";
import { ERROR_BODY, ErrorSchema } from "./error-schema.ts";
import type { RouteDescription } from "./route-description.ts";

const imageParam = ({ min, max }: { min: number; max: number }, description: string) =>
  Type.Optional(
    Type.Union([Type.Integer({ minimum: min, maximum: max }), Type.Literal(0), Type.Null()], {
      description: `${description}; nothing, null and 0 mean the default. Profiles without it warn.`,
    }),
  );

const ParamsSchema = Type.Object({
  get_scaling_factor: Type.Optional(
    Type.Union([Type.Boolean(), Type.Enum(["true", "false", "True", "False"])], {
      default: true,
      description: "whether each row has its scaling_factor",
    }),
  ),
  [IMAGE_PARAMS.jpegQuality.key]: imageParam(IMAGE_PARAMS.jpegQuality, "a JPEG quality, whatever its name says"),
  [IMAGE_PARAMS.standardSize.key]: imageParam(IMAGE_PARAMS.standardSize, "the side of the first square, in pixels"),
});

/** What validates a body, with the params that are read from it. */
const RequestSchema = Type.Object(
  {
    ...EnvelopeSchema.properties,
    params: Type.Optional(Type.Union([ParamsSchema, Type.Null()], { description: "unknown keys are ignored" })),
  },
  { title: "ScoreRequest" },
);

const vector = (description: string) => Type.Array(Type.Number(), { description });
const scalingFactor = Type.Optional(
  Type.Number({ description: "a logarithm: the softmax over exp(scaling_factor) × cosine gives probabilities" }),
);

const RowSchema = Type.Object(
  {
    image_features: Type.Optional(
      Type.Array(vector("of length 1"), { minItems: 1, maxItems: 1, description: "nested; if the row has an image" }),
    ),
    text_features: Type.Optional(vector("flat, of length 1; if the row has a text")),
    scaling_factor: scalingFactor,
  },
  { title: "ScoreRow", additionalProperties: false },
);

const LabelsSchema = Type.Array(
  Type.Object(
    { label: Type.String(), score: Type.Number({ minimum: 0, maximum: 1 }) },
    { additionalProperties: false },
  ),
  { title: "Labels", description: "every label of a classifier, best first" },
);

const ObjectSchema = Type.Object(
  {
    image_features: Type.Optional(Type.Array(vector("one an image"))),
    text_features: Type.Optional(Type.Array(vector("one a text"))),
    scaling_factor: scalingFactor,
  },
  { title: "ScoreObject", additionalProperties: false },
);

const list = (row: typeof RowSchema | typeof LabelsSchema, title: string) =>
  Type.Array(Type.Union([row, ErrorSchema]), { title, description: "one item a row, in order" });

const AnswerSchema = Type.Union([list(RowSchema, "ScoreList"), list(LabelsSchema, "ScoreLabels"), ObjectSchema], {
  title: "ScoreAnswer",
  description: "a list of vectors; labels, of a classifier; or one object, if it is asked for",
});

const image = TEST_IMAGE.toString("base64");

const EXAMPLES = {
  both: {
    summary: "An image of one pixel, and a text",
    value: { input_data: { columns: ["image", "text"], index: [0], data: [[image, "computed tomography head"]] } },
  },
  texts: {
    summary: "Texts, without the scaling factor",
    value: {
      input_data: { columns: ["text"], data: [["x-ray chest Pneumonia"], ["x-ray chest No Finding"]] },
      params: { get_scaling_factor: false },
    },
  },
  keyed: {
    summary: "Rows as objects",
    value: { input_data: { columns: ["image", "text"], data: [{ image }, { text: "retinal fundus normal" }] } },
  },
};

export const SCORE_ROUTE: RouteDescription = {
  method: "post",
  path: "/score",
  tag: "Embedding",
  summary: "Vectors of images and texts, as the MedImageInsight service gives them",
  description:
    "A row has an image, a text or both. Image vectors are nested, text vectors flat, and a half that was not sent has no key. " +
    "A deployment with labels or an adapter answers images with labels.",
  needsKey: true,
  requestHeaders: {
    ...DEPLOYMENT_HEADER,
    ...TIMEOUT_HEADER,
    "medembed-row-errors": Type.Enum(["0", "1"], {
      default: "0",
      description: "1: a bad row fails alone, its place holds an error, and the status is 200.",
    }),
    "medembed-response-form": Type.Enum(["list", "object"], {
      description: "One object a row, or one for all; without it as the deployment has it.",
    }),
  },
  request: {
    description: "Images are base64 of whole files. A body may be packed with gzip (Content-Encoding).",
    content: { "application/json": { schema: RequestSchema, examples: EXAMPLES } },
  },
  answer: {
    description: "One item a row, in order.",
    headers: CALL_ANSWER_HEADERS,
    content: { "application/json": { schema: AnswerSchema } },
  },
  errors: CALL_ERRORS,
  errorBody: ERROR_BODY,
};

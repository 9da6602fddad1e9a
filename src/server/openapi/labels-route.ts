import { LabelsSchema } from "../labels.ts";
import { ERROR_BODY } from "./error-schema.ts";
import type { RouteDescription } from "./route-description.ts";

/** Texts for zero-shot classification. */
export const LABELS_ROUTE: RouteDescription = {
  method: "get",
  path: "/labels",
  tag: "Embedding",
  summary: "Texts that are good as labels of pictures",
  needsKey: true,
  answer: {
    description: "The catalogue of `medembed labels`.",
    content: { "application/json": { schema: LabelsSchema } },
  },
  errors: ["unauthorised", "forbidden"],
  errorBody: ERROR_BODY,
};

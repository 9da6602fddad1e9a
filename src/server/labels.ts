import Type from "typebox";
import { CATALOGUE } from "../applications/catalogue/catalogue.ts";

/** Of `GET /labels`. */
export const LabelsSchema = Type.Object(
  { labels: Type.Array(Type.String({ description: "modality, body part, view, finding" })) },
  { title: "LabelCatalogue", additionalProperties: false },
);

const answer = { labels: CATALOGUE.map(({ text }) => text) };

/** `GET /labels`: texts that are good as labels, those of `medembed labels`. */
export function listLabels() {
  return answer;
}

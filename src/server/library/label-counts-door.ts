import Type from "typebox";
import type { Library } from "../../library/library.ts";
import { type CallOptions, readStrictOptions } from "../calls/call-options.ts";
import type { Door } from "../calls/door.ts";
import { jsonAnswer } from "../calls/json-answer.ts";
import { vectorAsMemory } from "../calls/write-vector.ts";

/** Of one label: more are no classes, but names or numbers. */
const MAX_VALUES = 100;

/** Of `GET /library/{library}/labels`. */
export const LabelCountsSchema = Type.Object(
  {
    library: Type.String(),
    labels: Type.Array(
      Type.Object(
        {
          name: Type.String(),
          records: Type.Integer({ description: "that have it" }),
          different: Type.Integer({ description: "values" }),
          values: Type.Array(
            Type.Object({ value: Type.String(), records: Type.Integer() }, { additionalProperties: false }),
            { description: `the most frequent first, ${MAX_VALUES} at most` },
          ),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { title: "LabelCounts", additionalProperties: false },
);

/** `GET /library/{library}/labels`: which labels records have, and how many have each value. */
export const labelCountsDoor: Door<"nothing", CallOptions> = {
  parser: "nothing",
  readOptions: readStrictOptions,
  writeVector: vectorAsMemory,
  writeAnswer: async (_rows, { library, signal }) => {
    return jsonAnswer({ library: library!.name, labels: await library!.use(countLabels, { signal }) });
  },
};

async function countLabels(library: Library) {
  const counts = await library.labelCounts();
  return [...counts].map(([name, values]) => ({
    name,
    records: [...values.values()].reduce((sum, records) => sum + records, 0),
    different: values.size,
    values: [...values]
      .map(([value, records]) => ({ value, records }))
      .sort((a, b) => b.records - a.records || (a.value < b.value ? -1 : 1))
      .slice(0, MAX_VALUES),
  }));
}

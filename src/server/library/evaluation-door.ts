import { type CallOptions, needJson, readStrictOptions } from "../calls/call-options.ts";
import type { Door } from "../calls/door.ts";
import { jsonAnswer } from "../calls/json-answer.ts";
import { vectorAsMemory } from "../calls/write-vector.ts";

/** `POST /library/{library}/evaluate`: how well a search of its records finds what has the same label. */
export const evaluationDoor: Door<"evaluation", CallOptions> = {
  parser: "evaluation",
  readOptions: (headers) => {
    needJson(headers);
    return readStrictOptions(headers);
  },
  writeVector: vectorAsMemory,
  writeAnswer: async (_rows, { asked, libraries, library, signal }) => {
    const report = await libraries.applications.ask(library!, { kind: "evaluation", ...asked }, { signal });
    return jsonAnswer({ library: library!.name, field: asked.field, ...report });
  },
};

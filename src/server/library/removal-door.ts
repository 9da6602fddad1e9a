import { type CallOptions, needJson, readStrictOptions } from "../calls/call-options.ts";
import type { Door } from "../calls/door.ts";
import { jsonAnswer } from "../calls/json-answer.ts";
import { vectorAsMemory } from "../calls/write-vector.ts";

/** `DELETE /library/{library}/records`: by their ids, or by conditions. */
export const removalDoor: Door<"removal", CallOptions> = {
  parser: "removal",
  writesLibrary: true,
  readOptions: (headers) => {
    needJson(headers);
    return readStrictOptions(headers);
  },
  writeVector: vectorAsMemory,
  writeAnswer: async (_rows, { asked, library, signal }) => {
    return jsonAnswer({ library: library!.name, removed: await library!.remove(asked.where, { signal }) });
  },
};

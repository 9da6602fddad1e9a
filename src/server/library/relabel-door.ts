import { type CallOptions, needJson, readStrictOptions } from "../calls/call-options.ts";
import type { Door } from "../calls/door.ts";
import { jsonAnswer } from "../calls/json-answer.ts";
import { vectorAsMemory } from "../calls/write-vector.ts";

/** `POST /library/{library}/labels`: gives records labels, and takes them away. */
export const relabelDoor: Door<"relabel", CallOptions> = {
  parser: "relabel",
  writesLibrary: true,
  readOptions: (headers) => {
    needJson(headers);
    return readStrictOptions(headers);
  },
  writeVector: vectorAsMemory,
  writeAnswer: async (_rows, { asked: { where, change }, library, signal }) => {
    return jsonAnswer({ library: library!.name, changed: await library!.relabel(where, change, { signal }) });
  },
};

import { type CallOptions, needJson, readStrictOptions } from "../../calls/call-options.ts";
import type { Door } from "../../calls/door.ts";
import { jsonAnswer } from "../../calls/json-answer.ts";
import { vectorAsMemory } from "../../calls/write-vector.ts";

/** Loading a large model, for the first time on a machine. */
const MAX_LOADING_MS = 600_000;

/** `POST /library/{library}/adapters/{id}`: keeps what was trained last under a name, and serves it. */
export const serveAdapterDoor: Door<"serving", CallOptions> = {
  parser: "serving",
  workMs: MAX_LOADING_MS,
  writesLibrary: true,
  readOptions: (headers) => {
    needJson(headers);
    return readStrictOptions(headers);
  },
  writeVector: vectorAsMemory,
  writeAnswer: async (_rows, { asked: { training, thresholds }, libraries, library, record: name, signal }) => {
    const adapter = libraries.training.take(library!, training);
    await libraries.keptAdapters.add(library!, name!, { adapter, thresholds }, signal);
    return jsonAnswer({ library: library!.name, deployment: name });
  },
};

/** `DELETE /library/{library}/adapters/{id}`: serves it no longer, and forgets it. */
export const removeAdapterDoor: Door<"nothing", CallOptions> = {
  parser: "nothing",
  writesLibrary: true,
  readOptions: readStrictOptions,
  writeVector: vectorAsMemory,
  writeAnswer: async (_rows, { libraries, library, record: name }) => {
    await libraries.keptAdapters.remove(library!, name!);
    return jsonAnswer({ library: library!.name, removed: name });
  },
};

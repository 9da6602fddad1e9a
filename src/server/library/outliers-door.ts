import type { CallOptions } from "../calls/call-options.ts";
import type { Door } from "../calls/door.ts";
import { jsonAnswer } from "../calls/json-answer.ts";
import { SUBJECT_DOOR } from "./subject-door.ts";
import { inPlaces, subjectsOf } from "./subjects.ts";

/** `POST /library/{library}/outliers`: how far pictures or records are from those that were accepted. */
export const outliersDoor: Door<"outliers", CallOptions> = {
  parser: "outliers",
  ...SUBJECT_DOOR,
  writeAnswer: async (rows, { asked, libraries, library, signal }) => {
    const { facts, records, ...settings } = asked;
    const request = { kind: "outliers", ...settings, subjects: subjectsOf(rows, asked) } as const;
    const found = await libraries.applications.ask(library!, request, { signal });
    const judged = records ? found.judged : inPlaces(rows, found.judged);
    return jsonAnswer({ library: library!.name, ...found, judged });
  },
};

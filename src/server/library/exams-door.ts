import type { CallOptions } from "../calls/call-options.ts";
import type { Door } from "../calls/door.ts";
import { jsonAnswer } from "../calls/json-answer.ts";
import { SUBJECT_DOOR } from "./subject-door.ts";
import { inPlaces, subjectsOf } from "./subjects.ts";

/** `POST /library/{library}/exam-parameters`: how pictures were made, as the records nearest to them tell. */
export const examsDoor: Door<"exams", CallOptions> = {
  parser: "exams",
  ...SUBJECT_DOOR,
  writeAnswer: async (rows, { asked, libraries, library, signal }) => {
    const { facts, records, ...settings } = asked;
    const request = { kind: "exams", ...settings, subjects: subjectsOf(rows, asked) } as const;
    const { examples, learned, told, next } = await libraries.applications.ask(library!, request, { signal });
    return jsonAnswer({ library: library!.name, examples, learned, told: records ? told : inPlaces(rows, told), next });
  },
};

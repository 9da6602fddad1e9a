import { type CallOptions, needJson, readStrictOptions } from "../calls/call-options.ts";
import type { Door } from "../calls/door.ts";
import { vectorAsMemory } from "../calls/write-vector.ts";
import { inPlaces, readHeaders, subjectsOf } from "./subjects.ts";

/** `POST /library/{library}/exam-parameters`: how pictures were made, as the records nearest to them tell. A bad picture fails alone. */
export const examsDoor: Door<"exams", CallOptions> = {
  parser: "exams",
  readOptions: (headers) => {
    needJson(headers);
    return { ...readStrictOptions(headers), isTolerant: true };
  },
  prepare: async (rows, { asked, libraries, library }) => {
    return { rows, asked: { ...asked, facts: await readHeaders(rows, { libraries, library: library! }) } };
  },
  writeVector: vectorAsMemory,
  writeAnswer: async (rows, { asked, libraries, library, signal }) => {
    const { facts, records, ...settings } = asked;
    const request = { kind: "exams", ...settings, subjects: subjectsOf(rows, asked) } as const;
    const { examples, learned, told, next } = await libraries.applications.ask(library!, request, { signal });
    const answer = { library: library!.name, examples, learned, told: records ? told : inPlaces(rows, told), next };
    return { headers: { "content-type": "application/json" }, body: Buffer.from(JSON.stringify(answer)) };
  },
};

import { type CallOptions, needJson, readStrictOptions } from "../calls/call-options.ts";
import type { Door } from "../calls/door.ts";
import { vectorAsMemory } from "../calls/write-vector.ts";
import { inPlaces, readHeaders, subjectsOf } from "./subjects.ts";

/** `POST /library/{library}/outliers`: how far pictures or records are from those that were accepted. A bad picture fails alone. */
export const outliersDoor: Door<"outliers", CallOptions> = {
  parser: "outliers",
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
    const request = { kind: "outliers", ...settings, subjects: subjectsOf(rows, asked) } as const;
    const found = await libraries.applications.ask(library!, request, { signal });
    const judged = records ? found.judged : inPlaces(rows, found.judged);
    const answer = { library: library!.name, ...found, judged };
    return { headers: { "content-type": "application/json" }, body: Buffer.from(JSON.stringify(answer)) };
  },
};

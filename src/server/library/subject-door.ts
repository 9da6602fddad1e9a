import { type CallOptions, needJson, readStrictOptions } from "../calls/call-options.ts";
import type { Door, LibraryContext } from "../calls/door.ts";
import type { ParsedRow } from "../calls/parsed-call.ts";
import { vectorAsMemory } from "../calls/write-vector.ts";
import { readHeaders, type SubjectsAsked } from "./subjects.ts";

/** What doors have in common that ask an application about pictures, of which a bad one fails alone, or about records. */
export const SUBJECT_DOOR = {
  takesVolumes: true,
  readOptions: (headers) => {
    needJson(headers);
    return { ...readStrictOptions(headers), isTolerant: true };
  },
  prepare: async <Asked extends SubjectsAsked>(
    rows: readonly ParsedRow[],
    { asked, libraries, library }: LibraryContext & { readonly asked: Asked },
  ) => ({ rows, asked: { ...asked, facts: await readHeaders(rows, { libraries, library: library! }) } }),
  writeVector: vectorAsMemory,
} satisfies Partial<Door<"outliers" | "exams", CallOptions>>;

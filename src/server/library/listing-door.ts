import { readPage } from "../../library/page.ts";
import { type CallOptions, readStrictOptions } from "../calls/call-options.ts";
import type { Door } from "../calls/door.ts";
import { jsonAnswer } from "../calls/json-answer.ts";
import { vectorAsMemory } from "../calls/write-vector.ts";

/** `GET /library/{library}/records`: what is known of them, a page at a time. */
export const listingDoor: Door<"listing", CallOptions> = {
  parser: "listing",
  readOptions: readStrictOptions,
  writeVector: vectorAsMemory,
  writeAnswer: async (_rows, { asked, library, signal }) => {
    const { records, hasMore } = await library!.use((open) => readPage(open, asked), { signal });
    return jsonAnswer({ library: library!.name, records, ...(hasMore && { next: records.at(-1)!.id }) });
  },
};

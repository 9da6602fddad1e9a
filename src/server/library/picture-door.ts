import { splitVolumeProfile } from "../../applications/volumes/volume-profile.ts";
import { MedembedError } from "../../errors.ts";
import type { Library } from "../../library/library.ts";
import type { LibraryRecord } from "../../library/record.ts";
import { type CallOptions, readStrictOptions } from "../calls/call-options.ts";
import type { Door } from "../calls/door.ts";
import { vectorAsMemory } from "../calls/write-vector.ts";
import { volumesOf } from "./library-volumes.ts";
import { pictureFileOf } from "./picture-file.ts";

/** As long as a browser need not ask again; the record of a file that changes has another id. */
const MAX_AGE_S = 3_600;

/** `GET /library/{library}/records/{id}/picture`: what a record is of, rendered as its vector was made. */
export const pictureDoor: Door<"picture", CallOptions> = {
  parser: "picture",
  readOptions: readStrictOptions,
  writeVector: vectorAsMemory,
  writeAnswer: async (_rows, { asked, libraries, library, record: id, signal }) => {
    const { pictureFolder } = library!.config;
    if (pictureFolder === undefined) {
      throw new MedembedError("no-route", "this library shows no pictures: its config would have to name their folder");
    }
    const record = await library!.use((open) => recordOf(open, id!), { signal });
    const path = await pictureFileOf(record, pictureFolder);
    const { profile } = splitVolumeProfile(library!.head.profile);
    const frame = record.listing === undefined ? undefined : (record.frame ?? 1);
    const { plane } = volumesOf(library!.head.profile);
    const { jpeg, grays, slices } = await libraries.rendering.render(
      { path, profile, plane, frame, ...asked },
      { signal },
    );
    return {
      headers: {
        "content-type": "image/jpeg",
        "cache-control": `private, max-age=${MAX_AGE_S}`,
        vary: "authorization",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
        ...(grays && {
          "medembed-window": `${grays.window.center},${grays.window.width}`,
          "medembed-range": grays.range.join(","),
          ...(grays.isHounsfield && { "medembed-unit": "HU" }),
        }),
        ...(slices && { "medembed-slice": `${slices.shown}/${slices.count}` }),
      },
      body: Buffer.from(jpeg),
    };
  },
};

async function recordOf(library: Library, id: string): Promise<LibraryRecord> {
  for await (const record of library.records([{ field: "id", operator: "=", values: [id] }])) return record;
  throw new MedembedError("no-route", "the library has no record of this id");
}

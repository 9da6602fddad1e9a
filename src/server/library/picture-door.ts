import { splitVolumeProfile } from "../../applications/volumes/volume-profile.ts";
import { MedembedError } from "../../errors.ts";
import type { Library } from "../../library/library.ts";
import { middleOf } from "../../library/middle-slice.ts";
import type { LibraryRecord } from "../../library/record.ts";
import type { ShownPicture } from "../../library/show-picture.ts";
import { type CallOptions, readStrictOptions } from "../calls/call-options.ts";
import type { Door } from "../calls/door.ts";
import { vectorAsMemory } from "../calls/write-vector.ts";
import { volumesOf } from "./library-volumes.ts";
import { pictureFileOf } from "./picture-file.ts";
import type { PictureRequest } from "./picture-worker.ts";
import type { SeriesSlices } from "./series-slices.ts";

/** As long as a browser need not ask again; the record of a file that changes has another id. */
const MAX_AGE_S = 3_600;

/** `GET /library/{library}/records/{id}/picture`: what a record is of, rendered as its vector was made. */
export const pictureDoor: Door<"picture", CallOptions> = {
  parser: "picture",
  readOptions: readStrictOptions,
  writeVector: vectorAsMemory,
  writeAnswer: async (_rows, { asked: { slice, ...asked }, libraries, library, record: id, signal }) => {
    const { pictureFolder } = library!.config;
    if (pictureFolder === undefined) {
      throw new MedembedError("no-route", "this library shows no pictures: its config would have to name their folder");
    }
    const record = await library!.use((open) => recordOf(open, id!), { signal });
    const { ofSeries, ...file } = await chooseFile(record, slice, pictureFolder, libraries.slices);
    const { profile } = splitVolumeProfile(library!.head.profile);
    const { plane } = volumesOf(library!.head.profile);
    const shown = await libraries.rendering.render({ profile, plane, ...file, ...asked }, { signal });
    const { jpeg, grays, slices = ofSeries } = shown;
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

interface ChosenFile extends Pick<PictureRequest, "path" | "frame" | "slice"> {
  /** Of a series, each slice of which is a file or a frame of its own. */
  readonly ofSeries?: ShownPicture["slices"];
}

/**
 * @param slice that is wanted, from 1
 * @throws MedembedError "invalid-request" for one that there is not; as `pictureFileOf`; as `SeriesSlices.of`
 */
async function chooseFile(
  record: LibraryRecord,
  slice: number | undefined,
  pictureFolder: string,
  found: SeriesSlices,
): Promise<ChosenFile> {
  const path = await pictureFileOf(record, pictureFolder); // first: beside a file that may not be shown nothing is looked for
  const { source, listing, frame = 1, slices: count } = record;
  if (listing === undefined) return { path, frame: undefined, slice };
  if (count === undefined) return { path, frame, slice };
  const middle = middleOf(count); // the slice that the record names
  const shown = slice ?? middle;
  if (shown > count) throw new MedembedError("invalid-request", `slice ${shown} is asked for, there are ${count}`);
  const ofSeries = { shown, count };
  if (shown === middle) return { path, frame, ofSeries };
  const other = (await found.of({ source, listing }))[shown - 1];
  return { path: await pictureFileOf(other, pictureFolder), frame: other.frame, ofSeries };
}

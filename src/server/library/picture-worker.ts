import { LRUCache } from "lru-cache";
import type { Plane } from "../../formats/volume/orientation.ts";
import { readSettled, stateOf } from "../../library/settled-file.ts";
import {
  type OpenPicture,
  openPicture,
  type ShownPicture,
  type ShowOptions,
  showPicture,
} from "../../library/show-picture.ts";
import { parseProfile } from "../../profiles/profiles.ts";
import { answerRequests } from "../../worker-thread.ts";

/** Asks for a picture to be shown. */
export interface PictureRequest extends ShowOptions {
  readonly path: string;
  /** Of pictures, by its id. */
  readonly profile: string;
  /** In which volumes are cut. */
  readonly plane: Plane;
  /** Of a slice of a series, from 1. */
  readonly frame: number | undefined;
}

/** The last files are kept open: whoever moves a window or goes through slices asks for the same one again and again. */
const KEPT_FILES = 2;
/** Of their pixels: a long CT. What is larger is read anew each time. */
const KEPT_BYTES = 256 * 2 ** 20;

answerRequests<null, PictureRequest, ShownPicture>(() => {
  const kept = new LRUCache<string, OpenPicture>({ max: KEPT_FILES, maxSize: KEPT_BYTES, sizeCalculation: bytesOf });
  return async ({ path, profile, plane, frame, ...options }) => {
    const state = await stateOf(path);
    const look = { pictures: parseProfile(profile), plane };
    const key = JSON.stringify([path, state.bytes, state.modified, profile, plane, frame]);
    const opened = kept.get(key) ?? (await openPicture(await readSettled(path, state), look, frame));
    kept.set(key, opened);
    return { response: await showPicture(opened, look, options) };
  };
});

function bytesOf(opened: OpenPicture): number {
  if (opened.kind === "colours") return opened.image.data.byteLength;
  return opened.kind === "grays" ? opened.frame.values.byteLength : opened.volume.voxels.byteLength;
}

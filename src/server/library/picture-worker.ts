import type { Plane } from "../../formats/volume/orientation.ts";
import { readSettled, stateOf } from "../../library/settled-file.ts";
import { thumbnailOf } from "../../library/thumbnail.ts";
import { parseProfile } from "../../profiles/profiles.ts";
import { answerRequests } from "../../worker-thread.ts";

/** Asks for a picture to be shown. */
export interface PictureRequest {
  readonly path: string;
  /** Of pictures, by its id. */
  readonly profile: string;
  /** In which volumes are cut. */
  readonly plane: Plane;
  /** Of a slice of a series, from 1. */
  readonly frame: number | undefined;
  /** In pixels, of the longer one. */
  readonly side: number;
}

answerRequests<null, PictureRequest, Uint8Array>(() => async ({ path, profile, plane, frame, side }) => {
  const bytes = await readSettled(path, await stateOf(path));
  const picture = await thumbnailOf(bytes, { pictures: parseProfile(profile), plane }, { frame, side });
  return { response: picture };
});

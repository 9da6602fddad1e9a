import type { SeriesSlice } from "./preparation.ts";

/** As messages call it: a file, or a frame of one that has several. */
export function sliceName({ path, frame, frames }: SeriesSlice): string {
  return frames > 1 ? `${path}#${frame}` : path;
}

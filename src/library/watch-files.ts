import { setTimeout } from "node:timers/promises";
import { type FileState, stateOf } from "./settled-file.ts";

/** Between two looks, at least; and no more of the time than this share goes into looking. */
const MS_BETWEEN_LOOKS = 2_000;
const SHARE_OF_LOOKING = 0.1;

/**
 * The files of a list that is made again and again, each when it is complete: nobody has written to it between two looks. A file
 * that is written to later comes again. Looking works everywhere, also on network drives that tell of no changes.
 * @param signal ends it
 */
export async function* watchFiles(
  list: () => AsyncIterable<string>,
  signal: AbortSignal,
  msBetweenLooks = MS_BETWEEN_LOOKS,
): AsyncGenerator<string> {
  const given = new Map<string, string>();
  let seen = new Map<string, string>();
  while (!signal.aborted) {
    let began = performance.now();
    const current = new Map<string, string>();
    for await (const path of list()) {
      if (signal.aborted) return;
      const state = await stateOf(path).then(textOf, () => undefined);
      if (state === undefined || given.get(path) === state) continue; // one that is gone or refused comes when it can be read
      if (seen.get(path) !== state) {
        current.set(path, state);
        continue;
      }
      given.set(path, state);
      const paused = performance.now();
      yield path;
      began += performance.now() - paused; // what is done with a file is not looking
    }
    seen = current;
    const looked = performance.now() - began;
    const rest = Math.max(msBetweenLooks, looked / SHARE_OF_LOOKING);
    await setTimeout(rest, undefined, { signal }).catch(() => {});
  }
}

function textOf({ bytes, modified }: FileState): string {
  return `${bytes} ${modified}`;
}

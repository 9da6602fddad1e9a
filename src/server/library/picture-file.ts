import { realpath } from "node:fs/promises";
import { isAbsolute, relative } from "node:path";
import { MedembedError } from "../../errors.ts";
import type { LibraryRecord } from "../../library/record.ts";
import { stateOf } from "../../library/settled-file.ts";

/**
 * The file that a record was made of, if it may be shown. Whoever stores records over HTTP names their sources, too, and could name
 * the file of somebody else: only what medembed has read from a file itself is one.
 * @param folder of whose files pictures may be shown
 * @returns its path without links
 * @throws MedembedError "no-route" for a file that was none, is gone, was changed, or lies elsewhere
 */
export async function pictureFileOf(
  { source, bytes, modified, listing }: Pick<LibraryRecord, "source" | "bytes" | "modified" | "listing">,
  folder: string,
): Promise<string> {
  const isOurs = bytes !== undefined || listing !== undefined;
  if (!isOurs || !isAbsolute(source)) throw refusal("it was not read from a file of this machine");
  const [path, allowed] = await Promise.all([source, folder].map((one) => realpath(one).catch(() => undefined)));
  if (path === undefined || allowed === undefined) throw refusal("its file is not there any more");
  if (!isWithin(path, allowed)) throw refusal("its file lies outside the folder of which pictures are shown");
  if (bytes === undefined) return path; // of a series the listing tells, which covers all of its files
  const state = await stateOf(path).catch(() => {
    throw refusal("its file cannot be read any more");
  });
  if (state.bytes === bytes && state.modified === modified) return path;
  throw refusal("its file has changed since: add it again");
}

/** Both without links. */
function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== "" && !isAbsolute(way) && !/^\.\.(?:[\\/]|$)/.test(way);
}

function refusal(reason: string): MedembedError {
  return new MedembedError("no-route", `the record has no picture: ${reason}`);
}

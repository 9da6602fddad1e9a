import { basename, join, resolve } from "node:path";
import type { Static } from "typebox";
import { splitVolumeProfile } from "../../applications/volumes/volume-profile.ts";
import { MedembedError } from "../../errors.ts";
import { isRemote } from "../../library/library-place.ts";
import { namesRendering, parseProfile } from "../../profiles/profiles.ts";
import type { KeySet } from "../key-set.ts";
import { type LibrariesSchema, NAME_PATTERN } from "./library-config.ts";

/** In the library's own folder, so that it moves and is removed with it. */
const ADAPTERS = "adapters";

/** What `medembed serve --library` makes of a library. */
interface FlaggedLibrary {
  /** Of its vectors, under which pictures that are searched for may be DICOM files, too. */
  readonly profile: string;
  /** As a config would name it. Who has keys serves others, and says in a config what these may see. */
  readonly librariesFor: (keys: KeySet) => Static<typeof LibrariesSchema>;
}

interface LibraryFlags {
  readonly library: string | undefined;
  readonly isWritable: boolean | undefined;
  readonly config: string | undefined;
}

/**
 * A library that the command line names, for looking at.
 * @param given its address, if it was named, and the path of a config, beside which there is no such flag
 * @returns undefined where no library was named
 * @throws MedembedError "usage", "not-found", "corrupt-library"
 */
export async function readLibraryFlag({
  library: given,
  isWritable,
  config,
}: LibraryFlags): Promise<FlaggedLibrary | undefined> {
  if (given === undefined) {
    if (isWritable) throw new MedembedError("usage", "--writable is for a library that --library names");
    return undefined;
  }
  if (config !== undefined) {
    throw new MedembedError(
      "usage",
      `--library is for a server without a config: name it under libraries in ${config}`,
    );
  }
  const uri = isRemote(given) ? given : resolve(given);
  const { Library } = await import("../../library/library.ts"); // large: a server without libraries does not need it
  const library = await Library.open({ uri });
  await library.close();
  const { profile } = splitVolumeProfile(library.head.profile);
  const folder = basename(uri);
  const name = NAME_PATTERN.test(folder) ? folder : "library";
  return {
    profile: namesRendering(parseProfile(profile)) ? profile : `${profile};rendering=dicom`,
    librariesFor: ({ scoring }) => ({
      [name]: {
        uri,
        pictures: scoring.length === 0,
        writable: isWritable === true,
        ...(!isRemote(uri) && { adapters: join(uri, ADAPTERS) }),
      },
    }),
  };
}

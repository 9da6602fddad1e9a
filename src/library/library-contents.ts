import { Batcher, oldest } from "../batcher.ts";
import type { Library } from "./library.ts";

/** Ids that are looked for at a time: a look costs about the same for one as for many. */
const IDS_A_LOOK = 1_000;

/** Tells which contents a library has by asking it, where others fill it at the same time and a list would soon be out of date. */
export class LibraryContents {
  readonly #looks: Batcher<string, boolean>;

  constructor(library: Pick<Library, "idsAmong">) {
    this.#looks = new Batcher<string, boolean>({
      run: async (ids) => {
        const there = await library.idsAmong(ids);
        return ids.map((id) => there.has(id));
      },
      choose: oldest(IDS_A_LOOK),
    });
  }

  has(id: string): Promise<boolean> {
    return this.#looks.submit(id);
  }
}

import { LRUCache } from "lru-cache";
import { readSource } from "../../preparation/read-source.ts";

/** As much as one file may have. */
const MAX_BYTES = 2 ** 30;

/** Files of many frames in memory that threads share, so that a frame costs neither a read nor a copy of all the others. */
export class SharedFiles {
  readonly #files = new LRUCache<string, Uint8Array>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ length }) => Math.max(1, length),
    fetchMethod: async (path) => {
      const bytes = await readSource(path);
      const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
      shared.set(bytes);
      return shared;
    },
  });

  /** @throws MedembedError "not-found", "image-too-large" */
  async read(path: string): Promise<Uint8Array> {
    return (await this.#files.fetch(path))!;
  }
}

import { Fingerprints } from "./fingerprints.ts";
import type { Library } from "./library.ts";
import type { FileState } from "./settled-file.ts";

/** Which files and contents a library has when the adding begins, and which contents have come since: some dozens of bytes each. */
export class KnownFiles {
  readonly #files = new Fingerprints();
  readonly #contents = new Fingerprints();
  readonly #inWork = new Map<string, Promise<unknown>>();

  static async of(library: Library): Promise<KnownFiles> {
    const known = new KnownFiles();
    for await (const { id, source, bytes, modified } of library.files()) {
      known.#contents.add(id);
      known.#files.add(
        fileKey(source, bytes === undefined || modified === undefined ? undefined : { bytes, modified }),
      );
    }
    return known;
  }

  /** Whether a record came from this file and the file is as it was, or from this source that never changes. */
  hasFile(source: string, state?: FileState): boolean {
    return this.#files.has(fileKey(source, state));
  }

  /**
   * Does something for a content that is not known. Another file with the same content that is in work comes first; should it
   * fail, this one is next.
   * @returns undefined for a known content
   */
  async once<Result>(id: string, work: () => Promise<Result>): Promise<Result | undefined> {
    for (let other = this.#inWork.get(id); other; other = this.#inWork.get(id)) await other.catch(() => {});
    if (this.#contents.has(id)) return undefined;
    const working = work();
    this.#inWork.set(id, working);
    try {
      const result = await working;
      this.#contents.add(id);
      return result;
    } finally {
      this.#inWork.delete(id);
    }
  }
}

function fileKey(source: string, state: FileState | undefined): string {
  return state ? [source, state.bytes, state.modified].join("\0") : source;
}

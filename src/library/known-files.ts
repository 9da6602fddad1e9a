import { Fingerprints } from "./fingerprints.ts";
import type { Library } from "./library.ts";
import type { LibraryRecord } from "./record.ts";
import { type SeriesRecord, seriesOf } from "./series-records.ts";

/** Where a record's picture or series is, and what would change with it. */
export type FilePlace = Pick<LibraryRecord, "source" | "frame" | "bytes" | "modified" | "listing">;

/** Which files and contents a library has when the adding begins, and which contents have come since: some dozens of bytes each. */
export class KnownFiles {
  readonly #places = new Fingerprints();
  readonly #contents = new Fingerprints();
  readonly #series = new Map<string, SeriesRecord>();
  readonly #inWork = new Map<string, Promise<unknown>>();

  static async of(library: Library): Promise<KnownFiles> {
    const known = new KnownFiles();
    for await (const record of library.files()) {
      known.#contents.add(record.id);
      known.#places.add(placeKey(record));
      known.takeSeries(record);
    }
    return known;
  }

  /** Whether a record came from there, and all is as it was. */
  hasPlace(place: FilePlace): boolean {
    return this.#places.has(placeKey(place));
  }

  /**
   * The vector of a content that is not known. Files with one content that are in work at a time share it, and a failure, too;
   * which of them becomes the record is seen by `take`.
   * @returns undefined for a known content
   */
  async embedOnce<Embedded>(id: string, embed: () => Promise<Embedded>): Promise<Embedded | undefined> {
    if (this.#contents.has(id)) return undefined;
    const other = this.#inWork.get(id) as Promise<Embedded> | undefined;
    if (other) return other;
    const embedding = embed();
    this.#inWork.set(id, embedding);
    try {
      return await embedding;
    } catch (error) {
      this.#inWork.delete(id);
      throw error;
    }
  }

  /** Makes a content known. @returns whether it was not */
  take(id: string): boolean {
    if (this.#contents.has(id)) return false;
    this.#contents.add(id);
    this.#inWork.delete(id);
    return true;
  }

  /** What the library has of a series, by the hash of its UID. */
  async recordOf(series: string): Promise<SeriesRecord | undefined> {
    return this.#series.get(series);
  }

  /** Takes a record for that of its series. @returns the id of the one that was it before */
  takeSeries(record: Pick<LibraryRecord, "id" | "slices" | "listing" | "facts">): string | undefined {
    const series = seriesOf(record);
    if (series === undefined) return undefined;
    const { id, slices = 0 } = record;
    const before = this.#series.get(series);
    this.#series.set(series, { id, slices });
    return before?.id === id ? undefined : before?.id;
  }
}

/** The middle slice of a series may be a picture of its own, and what comes from elsewhere never changes there. */
function placeKey({ source, bytes, modified, listing }: FilePlace): string {
  if (listing !== undefined) return `series\0${listing}`;
  return bytes === undefined || modified === undefined ? source : [source, bytes, modified].join("\0");
}

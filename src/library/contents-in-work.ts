import type { KnownFiles } from "./known-files.ts";
import type { Library } from "./library.ts";
import { findSeriesRecords, type SeriesRecord } from "./series-records.ts";

/** A look costs about the same for one content as for many, and some pictures' time. */
const CONTENTS_A_LOOK = 16;

interface Waiting {
  readonly id: string;
  readonly resolve: (isThere: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The contents of some sources, and which of them a library has that others fill at the same time: it is asked, since a list would soon
 * be out of date. It is asked for several at once while others are being embedded.
 */
export class ContentsInWork implements Pick<KnownFiles, "hasPlace" | "embedOnce" | "recordOf"> {
  readonly #library: Pick<Library, "idsAmong" | "records">;
  readonly #inWork = new Map<string, Promise<unknown>>();
  #toCome: number;
  #waiting: Waiting[] = [];
  #embedding = 0;
  #isLooking = false;

  /** @param sources how many there are, at most */
  constructor(library: Pick<Library, "idsAmong" | "records">, sources: number) {
    this.#library = library;
    this.#toCome = sources;
  }

  /** Where a file was is no proof that the library has its content still. */
  hasPlace(): boolean {
    return false;
  }

  async recordOf(series: string): Promise<SeriesRecord | undefined> {
    return (await findSeriesRecords(this.#library, [series])).best.get(series);
  }

  /** The vector of a content that the library does not have. Sources with one content share it. @returns undefined for one that it has */
  embedOnce<Embedded>(id: string, embed: () => Promise<Embedded>): Promise<Embedded | undefined> {
    this.#toCome--;
    const other = this.#inWork.get(id) as Promise<Embedded | undefined> | undefined;
    const embedding = other ?? this.#isThere(id).then((isThere) => (isThere ? undefined : this.#embed(embed)));
    this.#inWork.set(id, embedding);
    return embedding;
  }

  #isThere(id: string): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id, resolve, reject });
      this.#look();
    });
  }

  async #embed<Embedded>(embed: () => Promise<Embedded>): Promise<Embedded> {
    try {
      return await embed();
    } finally {
      this.#embedding--;
      this.#look();
    }
  }

  async #look(): Promise<void> {
    if (this.#isLooking || this.#waiting.length === 0) return;
    if (this.#waiting.length < CONTENTS_A_LOOK && this.#embedding > 0 && this.#toCome > 0) return;
    const asked = this.#waiting;
    this.#waiting = [];
    this.#isLooking = true;
    try {
      const there = await this.#library.idsAmong(asked.map(({ id }) => id));
      this.#embedding += asked.filter(({ id }) => !there.has(id)).length;
      for (const { id, resolve } of asked) resolve(there.has(id));
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
    this.#isLooking = false;
    this.#look();
  }
}

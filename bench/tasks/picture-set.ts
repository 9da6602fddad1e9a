import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseCsv } from "./csv.ts";
import { hashOf } from "./random.ts";
import { TarFile } from "./tar.ts";

/** A line of `index.csv`. */
export interface LabelledPicture {
  readonly file: string;
  readonly shard: string;
  readonly split: string;
  /** The source. */
  readonly dataset: string;
  /** As the source named it. */
  readonly label: string;
  /** Patient, video, smear or cluster of near duplicates: never on two sides of a split. */
  readonly group: string;
}

const COLUMNS = ["file", "shard", "split", "dataset", "label", "group"] as const satisfies (keyof LabelledPicture)[];

/** Labelled pictures in tar shards beside an index. */
export class PictureSet {
  readonly pictures: readonly LabelledPicture[];
  readonly #folder: string;
  readonly #shards = new Map<string, Promise<TarFile>>();

  static async open(folder: string): Promise<PictureSet> {
    const pictures = parseIndex(await readFile(join(folder, "index.csv"), "utf8"));
    return new PictureSet(folder, pictures);
  }

  private constructor(folder: string, pictures: readonly LabelledPicture[]) {
    this.#folder = folder;
    this.pictures = pictures;
  }

  /** @returns the image file */
  async read({ shard, file }: Pick<LabelledPicture, "shard" | "file">): Promise<Uint8Array> {
    let tar = this.#shards.get(shard);
    if (!tar) {
      tar = TarFile.open(join(this.#folder, shard));
      this.#shards.set(shard, tar);
    }
    return (await tar).read(file);
  }

  async close(): Promise<void> {
    for (const tar of this.#shards.values()) await (await tar).close();
  }
}

export function parseIndex(csv: string): LabelledPicture[] {
  return parseCsv(csv).map((record) => {
    for (const column of COLUMNS) {
      if (record[column] === undefined) throw new Error(`index.csv has no column "${column}"`);
    }
    const { file, shard, split, dataset, label, group } = record;
    return { file, shard, split, dataset, label, group };
  });
}

/** At most so many pictures of each label of each source: always the same ones, spread over the set. */
export function limitPerLabel(pictures: readonly LabelledPicture[], limit: number): LabelledPicture[] {
  const taken = new Map<string, number>();
  return pictures
    .toSorted((a, b) => hashOf(a.file) - hashOf(b.file))
    .filter(({ dataset, label }) => {
      const key = JSON.stringify([dataset, label]);
      const count = (taken.get(key) ?? 0) + 1;
      taken.set(key, count);
      return count <= limit;
    });
}

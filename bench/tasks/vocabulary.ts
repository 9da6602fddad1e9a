import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { LabelledPicture } from "./picture-set.ts";

/** What the training says about the labels of its sources, and the words it has for each concept. */
const LABELS_FILE = fileURLToPath(new URL("../../training/labels.json", import.meta.url));

/** What a source's label makes true of a picture, in the concepts of the vocabulary. */
export interface LabelMeaning {
  readonly modality: string;
  readonly anatomy: string;
  /** The finest first; undefined where the source does not say. */
  readonly findings: readonly string[] | undefined;
}

interface StoredLabel {
  readonly dataset: string;
  readonly label: string;
  readonly modality: string;
  readonly anatomy: string;
  readonly findings: readonly string[] | null;
}

interface StoredVocabulary {
  readonly labels: readonly StoredLabel[];
  readonly words: Readonly<Record<string, readonly string[]>>;
}

/** What the labels mean, and how their concepts are said. */
export class Vocabulary {
  /** All ways in which the training says a concept; the first is the canonical one. */
  readonly words: Readonly<Record<string, readonly string[]>>;
  readonly #meanings: ReadonlyMap<string, LabelMeaning>;

  static async read(): Promise<Vocabulary> {
    const { labels, words } = JSON.parse(await readFile(LABELS_FILE, "utf8")) as StoredVocabulary;
    return new Vocabulary(labels, words);
  }

  constructor(labels: readonly StoredLabel[], words: Readonly<Record<string, readonly string[]>>) {
    this.words = words;
    this.#meanings = new Map(
      labels.map(({ dataset, label, modality, anatomy, findings }) => [
        JSON.stringify([dataset, label]),
        { modality, anatomy, findings: findings ?? undefined },
      ]),
    );
  }

  /** @throws Error for a label that the training does not know */
  meaningOf({ dataset, label }: Pick<LabelledPicture, "dataset" | "label">): LabelMeaning {
    const meaning = this.#meanings.get(JSON.stringify([dataset, label]));
    if (!meaning) throw new Error(`training/labels.json does not say what "${label}" of ${dataset} means`);
    return meaning;
  }

  /** `<modality> <anatomy> <condition>` in the canonical words; a part that is not known is left out. */
  promptOf(concepts: readonly (string | undefined)[]): string {
    return concepts
      .filter((concept) => concept !== undefined)
      .map((concept) => {
        const [canonical] = this.words[concept] ?? [];
        if (canonical === undefined) throw new Error(`training/labels.json has no words for "${concept}"`);
        return canonical;
      })
      .join(" ");
  }
}

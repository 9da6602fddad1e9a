import type { Matrix } from "../../src/applications/matrix.ts";
import { innerProducts } from "../../src/applications/products.ts";
import type { UnknownWordFigures } from "./results.ts";
import type { TaskClass } from "./tasks.ts";
import type { Vocabulary } from "./vocabulary.ts";
import { paraphrasesOf, type Reworded } from "./zero-shot.ts";

/** Parts of the body that no picture of the training shows and no caption of it names. */
export const UNKNOWN_ANATOMIES = ["pelvis", "knee", "thyroid", "prostate", "spine", "kidney", "shoulder", "heart"];

/** @param classes of a modality and an anatomy each */
export function unknownPromptsOf(classes: readonly TaskClass[], vocabulary: Vocabulary): Reworded[] {
  const words = Object.fromEntries(classes.map(({ concepts }) => [concepts.at(-1), UNKNOWN_ANATOMIES]));
  return paraphrasesOf(classes, vocabulary, words);
}

/**
 * Whether a word that the model does not know wins over the right one: "x-ray knee" over "x-ray chest" on a chest film.
 * @param images [rows, dimensions] @param labels [rows] @param prompts [classes, dimensions]
 * @param unknown [unknown prompts, dimensions], vectors of `of`
 */
export function compareUnknownWords(
  { images, labels, prompts }: { images: Matrix; labels: Int32Array; prompts: Matrix },
  of: readonly Reworded[],
  unknown: Matrix,
): UnknownWordFigures {
  const right = innerProducts(images, prompts);
  const wrong = innerProducts(images, unknown);
  const counted = of.map(({ classNumber, prompt }, place) => {
    let [pictures, won] = [0, 0];
    for (let row = 0; row < images.rows; row++) {
      if (labels[row] !== classNumber) continue;
      pictures++;
      if (wrong.values[row * of.length + place] > right.values[row * prompts.rows + classNumber]) won++;
    }
    return { prompt, pictures, won };
  });
  const [worst] = counted.toSorted((a, b) => b.won / b.pictures - a.won / a.pictures);
  return {
    pictures: counted.reduce((sum, { pictures }) => sum + pictures, 0),
    won: counted.reduce((sum, { won }) => sum + won, 0),
    worst,
  };
}

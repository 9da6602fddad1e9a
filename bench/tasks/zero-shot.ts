import { argmaxRows, type Matrix, stack } from "../../src/applications/matrix.ts";
import { innerProducts } from "../../src/applications/products.ts";
import type { TextSide } from "./encoder.ts";
import type { ParaphraseFigures } from "./results.ts";
import type { TaskClass } from "./tasks.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** The vectors of the prompts, one a class: [classes, dimensions]. */
export async function embedTexts(text: TextSide, texts: readonly string[]): Promise<Matrix> {
  return stack(await Promise.all(texts.map((prompt) => text.embedText(prompt))));
}

/** A class's prompt with other words in place of its last concept. */
export interface Reworded {
  readonly classNumber: number;
  readonly prompt: string;
}

export function paraphrasesOf(
  classes: readonly TaskClass[],
  vocabulary: Vocabulary,
  words: Readonly<Record<string, readonly string[]>>,
): Reworded[] {
  return classes.flatMap(({ concepts }, classNumber) => {
    const canonical = vocabulary.promptOf(concepts.slice(0, -1));
    return (words[concepts.at(-1) ?? ""] ?? []).map((other) => ({
      classNumber,
      prompt: `${canonical} ${other}`.trim(),
    }));
  });
}

/**
 * Whether the answers depend on the words: each paraphrase in turn takes the place of its canonical prompt.
 * @param images [rows, dimensions] @param labels [rows] @param prompts [classes, dimensions]
 * @param paraphrases [paraphrases, dimensions], vectors of `of`
 */
export function compareParaphrases(
  { images, labels, prompts }: { images: Matrix; labels: Int32Array; prompts: Matrix },
  of: readonly Reworded[],
  paraphrases: Matrix,
): ParaphraseFigures {
  const nearest = argmaxRows(innerProducts(paraphrases, prompts));
  const scores = innerProducts(images, prompts);
  const canonical = argmaxRows(scores);
  const cosines = innerProducts(images, paraphrases);
  let [pictures, unchangedTop1] = [0, 0];
  for (const [place, { classNumber }] of of.entries()) {
    const changed = { ...scores, values: scores.values.slice() };
    for (let row = 0; row < images.rows; row++) {
      changed.values[row * prompts.rows + classNumber] = cosines.values[row * of.length + place];
    }
    const guesses = argmaxRows(changed);
    for (let row = 0; row < images.rows; row++) {
      if (labels[row] !== classNumber) continue;
      pictures++;
      if (guesses[row] === canonical[row]) unchangedTop1++;
    }
  }
  const nearestToOwn = of.filter(({ classNumber }, place) => nearest[place] === classNumber).length;
  return { paraphrases: of.length, nearestToOwn, pictures, unchangedTop1 };
}

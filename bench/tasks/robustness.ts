import { argmaxRows, type Matrix } from "../../src/applications/matrix.ts";
import {
  type BootstrapOptions,
  differenceOf,
  meanOf,
  type Sampled,
  sample,
} from "../../src/applications/metrics/bootstrap.ts";
import { balancedAccuracy } from "../../src/applications/metrics/confusion.ts";
import { ofGuesses } from "../../src/applications/metrics/statistics.ts";
import { innerProducts } from "../../src/applications/products.ts";
import { labelFor } from "./labelled-vectors.ts";
import { changesModality, type Perturbation } from "./perturbations.ts";
import type { LabelledPicture } from "./picture-set.ts";
import type { PerturbationFigures } from "./results.ts";
import { rowsOf, type Task } from "./tasks.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** A task that is answered with prompts. */
export interface PromptedTask {
  readonly task: Task;
  /** [classes, dimensions] */
  readonly prompts: Matrix;
  readonly bootstrap: BootstrapOptions;
}

/**
 * What a change of the pictures costs zero-shot balanced accuracy: by task, and as the mean of the findings. Tasks without
 * a changed picture are left out.
 * @param before [pictures, dimensions] @param after the same, of the changed pictures
 */
export function comparePerturbed(
  prompted: readonly PromptedTask[],
  pictures: readonly LabelledPicture[],
  { before, after, isChanged }: { before: Matrix; after: Matrix; isChanged: readonly boolean[] },
): PerturbationFigures {
  const accuracyOf = ({ task, prompts, bootstrap }: PromptedTask, vectors: Matrix): Sampled => {
    const { vectors: images, labels, groups } = labelFor(task, pictures, vectors);
    const guesses = argmaxRows(innerProducts(images, prompts));
    return sample(groups, ofGuesses(balancedAccuracy, labels, guesses, task.classes.length), bootstrap);
  };
  const changes = prompted
    .filter(({ task }) => rowsOf(task, pictures).rows.some((row) => isChanged[row]))
    .map((one) => ({ task: one.task, change: differenceOf(accuracyOf(one, after), accuracyOf(one, before)) }));
  const findings = changes.filter(({ task }) => task.isFinding).map(({ change }) => change);
  return {
    ...Object.fromEntries(changes.map(({ task, change }) => [task.name, change.estimate])),
    ...(findings.length > 0 && { "mean of findings": meanOf(findings).estimate }),
  };
}

/** Vectors of the pictures under a perturbation; those that it does not apply to keep theirs. */
export async function perturbVectors(
  perturbation: Perturbation,
  pictures: readonly LabelledPicture[],
  {
    before,
    vocabulary,
    embed,
  }: {
    before: Matrix;
    vocabulary: Vocabulary;
    embed: (pictures: readonly LabelledPicture[]) => Promise<Matrix>;
  },
): Promise<{ readonly after: Matrix; readonly isChanged: readonly boolean[] }> {
  const isChanged = pictures.map((picture) => changesModality(perturbation, vocabulary.meaningOf(picture).modality));
  const changed = await embed(pictures.filter((_, row) => isChanged[row]));
  const after = { ...before, values: before.values.slice() };
  let from = 0;
  for (const row of pictures.keys()) {
    if (!isChanged[row]) continue;
    const { columns } = before;
    after.values.set(changed.values.subarray(from * columns, ++from * columns), row * columns);
  }
  return { after, isChanged };
}

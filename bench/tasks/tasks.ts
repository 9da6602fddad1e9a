import type { LabelledPicture } from "./picture-set.ts";
import type { Vocabulary } from "./vocabulary.ts";

export const MODALITY_AND_ANATOMY = "modality and anatomy";

/** A question to a picture with a closed list of answers. */
export interface Task {
  readonly name: string;
  /** Whether it counts in the mean over sources. */
  readonly isFinding: boolean;
  /** In the order of their names. */
  readonly classes: readonly TaskClass[];
  /** The number of the true class; undefined for a picture that is not asked about, or shows none of them. */
  readonly classOf: (picture: LabelledPicture) => number | undefined;
}

export interface TaskClass {
  /** The canonical prompt; for the source probes, the source. */
  readonly name: string;
  /** The concepts of the prompt; the last one is what the classes differ in. */
  readonly concepts: readonly string[];
}

/** Which of the pictures a task asks about. @property rows places in the list @property labels class numbers of these */
export interface TaskRows {
  readonly rows: Int32Array;
  readonly labels: Int32Array;
}

type TrueClass = (picture: LabelledPicture) => TaskClass | undefined;

/**
 * Modality, modality and anatomy, and within each source of several labels its finest findings. The classes are those
 * that the given pictures show; a question with one answer is left out.
 */
export function tasksOf(pictures: readonly LabelledPicture[], vocabulary: Vocabulary): Task[] {
  const named = (...concepts: (string | undefined)[]): TaskClass => {
    const known = concepts.filter((concept) => concept !== undefined);
    return { name: vocabulary.promptOf(known), concepts: known };
  };
  const meaning = (picture: LabelledPicture) => vocabulary.meaningOf(picture);
  const finest: TrueClass = (picture) => {
    const { modality, anatomy, findings } = meaning(picture);
    return named(modality, anatomy, findings?.[0]);
  };
  const pneumonia: TrueClass = (picture) => {
    const { modality, anatomy, findings } = meaning(picture);
    return named(modality, anatomy, findings?.includes("pneumonia") ? "pneumonia" : "normal");
  };
  const ofSource = (name: string, dataset: string, isFinding: boolean, trueClass: TrueClass) =>
    makeTask(name, pictures, isFinding, (picture) => (picture.dataset === dataset ? trueClass(picture) : undefined));
  const isFindingSource = (dataset: string) =>
    pictures.some((picture) => picture.dataset === dataset && meaning(picture).findings !== undefined);
  const datasets = [...new Set(pictures.map(({ dataset }) => dataset))].sort();
  return [
    makeTask("modality", pictures, false, (picture) => named(meaning(picture).modality)),
    makeTask(MODALITY_AND_ANATOMY, pictures, false, (picture) => {
      const { modality, anatomy } = meaning(picture);
      return named(modality, anatomy);
    }),
    ...datasets.map((dataset) => ofSource(dataset, dataset, isFindingSource(dataset), finest)),
    ofSource("kermany-cxr, pneumonia or no finding", "kermany-cxr", false, pneumonia),
  ].filter(({ classes }) => classes.length > 1);
}

/** Which source is it? Asked of sources that show the same: what tells them apart then is a shortcut and nothing else. */
export function sourceTasksOf(pictures: readonly LabelledPicture[], vocabulary: Vocabulary): Task[] {
  const shown = (picture: LabelledPicture) => {
    const { modality, anatomy } = vocabulary.meaningOf(picture);
    return vocabulary.promptOf([modality, anatomy]);
  };
  return [...new Set(pictures.map(shown))]
    .sort()
    .map((name) =>
      makeTask(name, pictures, false, (picture) =>
        shown(picture) === name ? { name: picture.dataset, concepts: [] } : undefined,
      ),
    )
    .filter(({ classes }) => classes.length > 1);
}

export function rowsOf({ classOf }: Pick<Task, "classOf">, pictures: readonly LabelledPicture[]): TaskRows {
  const classes = pictures.map(classOf);
  const rows = Int32Array.from(classes.keys()).filter((row) => classes[row] !== undefined);
  return { rows, labels: rows.map((row) => classes[row] ?? 0) };
}

function makeTask(name: string, pictures: readonly LabelledPicture[], isFinding: boolean, trueClass: TrueClass): Task {
  const found = new Map<string, TaskClass>();
  for (const picture of pictures) {
    const shown = trueClass(picture);
    if (shown) found.set(shown.name, shown);
  }
  const classes = [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const numbers = new Map(classes.map((shown, number) => [shown.name, number]));
  return { name, isFinding, classes, classOf: (picture) => numbers.get(trueClass(picture)?.name ?? "") };
}

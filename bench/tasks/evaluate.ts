import type { LabelledVectors } from "../../src/applications/labelled-vectors.ts";
import { argmaxRows, type Matrix } from "../../src/applications/matrix.ts";
import {
  type BootstrapOptions,
  type Estimate,
  meanOf,
  type Sampled,
  sample,
} from "../../src/applications/metrics/bootstrap.ts";
import { balancedAccuracy } from "../../src/applications/metrics/confusion.ts";
import { ofGuesses } from "../../src/applications/metrics/statistics.ts";
import type { Encoder, TextSide } from "./encoder.ts";
import { evaluateTask, METHODS, type Method } from "./evaluate-task.ts";
import { labelFor } from "./labelled-vectors.ts";
import { trainLinearHead } from "./linear-head.ts";
import { PARAPHRASES } from "./paraphrases.ts";
import { PERTURBATIONS, type Perturbation } from "./perturbations.ts";
import type { LabelledPicture } from "./picture-set.ts";
import { hashOf } from "./random.ts";
import type {
  EncoderFigures,
  ParaphraseFigures,
  PerturbationFigures,
  SourceProbeFigures,
  TaskFigures,
  UnknownWordFigures,
} from "./results.ts";
import { comparePerturbed, perturbVectors } from "./robustness.ts";
import { MODALITY_AND_ANATOMY, sourceTasksOf, type Task, tasksOf } from "./tasks.ts";
import { compareUnknownWords, unknownPromptsOf } from "./unknown-words.ts";
import type { Vocabulary } from "./vocabulary.ts";
import { compareParaphrases, embedTexts, paraphrasesOf } from "./zero-shot.ts";

/** The pictures that score, and those that heads and neighbours come from. */
export interface Splits {
  readonly val: readonly LabelledPicture[];
  readonly train: readonly LabelledPicture[];
}

export interface EvaluateOptions {
  readonly vocabulary: Vocabulary;
  readonly bootstrap: BootstrapOptions;
  /** @returns [pictures, dimensions] */
  readonly embed: (pictures: readonly LabelledPicture[], perturbation?: Perturbation) => Promise<Matrix>;
  readonly onTask: (name: string) => void;
}

/** A task with its vectors, and the seed that is its own. */
interface Posed {
  readonly task: Task;
  readonly val: LabelledVectors;
  readonly train: LabelledVectors;
  readonly bootstrap: BootstrapOptions;
}

/** Every figure of one encoder. */
export async function evaluate(encoder: Encoder, splits: Splits, options: EvaluateOptions): Promise<EncoderFigures> {
  const { vocabulary, embed, onTask } = options;
  const vectors = { val: await embed(splits.val), train: await embed(splits.train) };
  const pose = (task: Task): Posed => ({
    task,
    val: labelFor(task, splits.val, vectors.val),
    train: labelFor(task, splits.train, vectors.train),
    bootstrap: bootstrapOf(task, options.bootstrap),
  });
  const tasks = tasksOf(splits.val, vocabulary);
  const prompts = encoder.text && (await embedPrompts(encoder.text, tasks));

  const figures: Record<string, TaskFigures> = {};
  const accuracies: Partial<Record<Method, Sampled>>[] = [];
  for (const task of tasks) {
    onTask(task.name);
    const own = prompts?.get(task);
    const text = encoder.text && own && { prompts: own, cosineScale: encoder.text.cosineScale };
    const outcome = evaluateTask({ ...pose(task), classes: task.classes.length, text });
    figures[task.name] = outcome.figures;
    if (task.isFinding) accuracies.push(outcome.accuracies);
  }
  onTask("source probes");
  const sourceTasks = sourceTasksOf(splits.val, vocabulary);
  return {
    name: encoder.name,
    weights: encoder.weights,
    profile: encoder.profile,
    dimensions: encoder.dimensions,
    tasks: figures,
    meanOfFindings: { sources: accuracies.length, ...meansOf(accuracies) },
    sourceProbes: fromDefined(sourceTasks, (task) => probeSource(pose(task))),
    ...(prompts && { perturbations: await comparePerturbations(prompts, splits.val, vectors.val, options) }),
    ...(prompts &&
      encoder.text && {
        paraphrases: await compareWords(encoder.text, prompts, pose, vocabulary),
        unknownWords: await compareUnknown(encoder.text, prompts, pose, vocabulary),
      }),
  };
}

type Prompts = ReadonlyMap<Task, Matrix>;

/** The task's own seed: the same for every encoder, so that their samples are the same. */
function bootstrapOf({ name }: Task, { seed, rounds }: BootstrapOptions): BootstrapOptions {
  return { seed: (seed + hashOf(name)) | 0, rounds };
}

async function embedPrompts(text: TextSide, tasks: readonly Task[]): Promise<Prompts> {
  const prompts = new Map<Task, Matrix>();
  for (const task of tasks) {
    const names = task.classes.map(({ name }) => name);
    prompts.set(task, await embedTexts(text, names));
  }
  return prompts;
}

function meansOf(accuracies: readonly Partial<Record<Method, Sampled>>[]): Partial<Record<Method, Estimate>> {
  return Object.fromEntries(
    METHODS.flatMap((method) => {
      const sampled = accuracies.map((own) => own[method]).filter((own) => own !== undefined);
      return sampled.length > 0 ? [[method, meanOf(sampled).estimate]] : [];
    }),
  );
}

function probeSource({ task, val, train, bootstrap }: Posed): SourceProbeFigures | undefined {
  if (new Set(train.labels).size < 2) return undefined;
  const guesses = argmaxRows(trainLinearHead(train, task.classes.length, bootstrap.seed).predict(val.vectors));
  return {
    sources: task.classes.map(({ name }) => name),
    images: val.labels.length,
    balancedAccuracy: sample(
      val.groups,
      ofGuesses(balancedAccuracy, val.labels, guesses, task.classes.length),
      bootstrap,
    ).estimate,
  };
}

async function comparePerturbations(
  prompts: Prompts,
  pictures: readonly LabelledPicture[],
  before: Matrix,
  { vocabulary, embed, bootstrap }: EvaluateOptions,
): Promise<Record<Perturbation, PerturbationFigures>> {
  const prompted = [...prompts].map(([task, own]) => ({ task, prompts: own, bootstrap: bootstrapOf(task, bootstrap) }));
  const figures = {} as Record<Perturbation, PerturbationFigures>;
  for (const name of Object.keys(PERTURBATIONS) as Perturbation[]) {
    const ofChanged = (changed: readonly LabelledPicture[]) => embed(changed, name);
    const perturbed = await perturbVectors(name, pictures, { before, vocabulary, embed: ofChanged });
    figures[name] = comparePerturbed(prompted, pictures, { before, ...perturbed });
  }
  return figures;
}

async function compareWords(
  text: TextSide,
  prompts: Prompts,
  pose: (task: Task) => Posed,
  vocabulary: Vocabulary,
): Promise<Record<string, ParaphraseFigures>> {
  const figures: Record<string, ParaphraseFigures> = {};
  for (const [task, own] of prompts) {
    const others = paraphrasesOf(task.classes, vocabulary, PARAPHRASES);
    if (others.length === 0) continue;
    const texts = others.map(({ prompt }) => prompt);
    const { vectors: images, labels } = pose(task).val;
    figures[task.name] = compareParaphrases({ images, labels, prompts: own }, others, await embedTexts(text, texts));
  }
  return figures;
}

async function compareUnknown(
  text: TextSide,
  prompts: Prompts,
  pose: (task: Task) => Posed,
  vocabulary: Vocabulary,
): Promise<UnknownWordFigures | undefined> {
  const found = [...prompts].find(([{ name }]) => name === MODALITY_AND_ANATOMY);
  if (!found) return undefined;
  const [task, own] = found;
  const unknown = unknownPromptsOf(task.classes, vocabulary);
  const texts = unknown.map(({ prompt }) => prompt);
  const { vectors: images, labels } = pose(task).val;
  return compareUnknownWords({ images, labels, prompts: own }, unknown, await embedTexts(text, texts));
}

/** By task name; tasks without a figure are left out. */
function fromDefined<Figure>(
  tasks: readonly Task[],
  figureOf: (task: Task) => Figure | undefined,
): Record<string, Figure> {
  const figures: Record<string, Figure> = {};
  for (const task of tasks) {
    const figure = figureOf(task);
    if (figure !== undefined) figures[task.name] = figure;
  }
  return figures;
}

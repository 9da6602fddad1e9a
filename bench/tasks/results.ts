import type { Estimate } from "../../src/applications/metrics/bootstrap.ts";
import type { describeRun } from "../machine.ts";
import type { Perturbation } from "./perturbations.ts";

/** How well a classifier answers a task. */
export interface ClassifierFigures {
  readonly balancedAccuracy: Estimate;
  /** One against the rest, the mean over the classes. */
  readonly meanAreaUnderCurve: Estimate;
}

export interface TaskFigures {
  readonly classes: number;
  readonly images: number;
  /** Patients, videos, smears or clusters: what the intervals are drawn over. */
  readonly groups: number;
  readonly trainImages: number;
  readonly zeroShot?: ClassifierFigures & { readonly expectedCalibrationError: Estimate };
  readonly linearHead?: ClassifierFigures & { readonly l2: number };
  /** The published network on frozen vectors. */
  readonly adapter?: ClassifierFigures;
  readonly nearestNeighbours?: ClassifierFigures;
  /** Among val pictures of other groups, over the queries that have at least one picture to find. */
  readonly retrieval?: { readonly precisionAt5: Estimate; readonly images: number };
}

/** Zero-shot balanced accuracy on changed pictures minus that on the pictures as they are. */
export type PerturbationFigures = Readonly<Record<string, Estimate>>;

/** What a linear head says of the source of pictures that show the same: 1 / classes would be no shortcut. */
export interface SourceProbeFigures {
  readonly sources: readonly string[];
  readonly images: number;
  readonly balancedAccuracy: Estimate;
}

/** Unseen words in place of the last concept of a canonical prompt. */
export interface ParaphraseFigures {
  readonly paraphrases: number;
  /** Whose vector is nearer to its own canonical prompt than to those of the other classes. */
  readonly nearestToOwn: number;
  /** Pairs of a paraphrase and a val picture that shows its concept. */
  readonly pictures: number;
  /** Of those pairs, where the top-1 is the same class as with the canonical prompt. */
  readonly unchangedTop1: number;
}

/** An anatomy that the model was never told of, in place of the right one, on val pictures. */
export interface UnknownWordFigures {
  /** Pairs of an unknown word and a picture. */
  readonly pictures: number;
  /** Of those pairs, where the prompt with the unknown word lies nearer to the picture than the right one. */
  readonly won: number;
  /** The prompt that wins most of its pictures. */
  readonly worst: { readonly prompt: string; readonly pictures: number; readonly won: number };
}

export interface EncoderFigures {
  readonly name: string;
  readonly weights: string;
  readonly profile: string;
  readonly dimensions: number;
  readonly tasks: Readonly<Record<string, TaskFigures>>;
  /** Balanced accuracy, the mean over the sources that label findings. */
  readonly meanOfFindings: {
    readonly sources: number;
    readonly zeroShot?: Estimate;
    readonly linearHead?: Estimate;
    readonly adapter?: Estimate;
    readonly nearestNeighbours?: Estimate;
  };
  readonly sourceProbes: Readonly<Record<string, SourceProbeFigures>>;
  readonly perturbations?: Readonly<Record<Perturbation, PerturbationFigures>>;
  readonly paraphrases?: Readonly<Record<string, ParaphraseFigures>>;
  /** undefined also where val shows one modality and anatomy only. */
  readonly unknownWords?: UnknownWordFigures | undefined;
}

/** What `--json` writes. */
export interface Results extends ReturnType<typeof describeRun> {
  readonly model: string;
  readonly threads: number;
  readonly data: {
    readonly valImages: number;
    readonly trainImages: number;
    readonly limit: number | undefined;
    readonly trainLimit: number | undefined;
  };
  readonly seed: number;
  readonly bootstrapRounds: number;
  readonly encoders: readonly EncoderFigures[];
}

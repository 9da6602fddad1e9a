import { MedembedError } from "../../errors.ts";
import { describeSpace, isSameSpace, type VectorSpace } from "../../vector-space.ts";
import type { AdapterHead } from "../heads/adapter-network.ts";
import type { Head, HeadKind, Tensors } from "../heads/head.ts";
import { HEADS, type HeadName } from "../heads/kinds.ts";
import { type Matrix, softmaxRows } from "../matrix.ts";
import type { OperatingPoint, OperatingPointName } from "../operating-points/operating-points.ts";
import type { CallThresholds } from "../operating-points/three-way-call.ts";

/** All of an adapter but its tensors, as its file has it. */
export interface AdapterCard {
  /** In the order of the logits. */
  readonly labels: readonly string[];
  /** Of the vectors that it was trained on; it is of no use for others. */
  readonly space: VectorSpace;
  readonly head: HeadName;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Divides the logits before the softmax; 1 where nothing was there to calibrate on. */
  readonly temperature: number;
  /** By label, chosen on the validation part for the calibrated probability; a label that it lacks has none. */
  readonly operatingPoints: Readonly<Record<string, Partial<Record<OperatingPointName, OperatingPoint>>>>;
  /** By label, where somebody has set by what it is called in three ways. */
  readonly callThresholds?: Readonly<Record<string, CallThresholds>> | undefined;
  /** How it came about; undefined for one that was imported. */
  readonly training?: TrainingRecord | undefined;
}

export interface TrainingRecord {
  readonly rows: { readonly train: number; readonly validation: number; readonly test: number };
  readonly seed: number;
  readonly classWeights: "balanced" | "none";
  /** Of medembed. */
  readonly version?: string;
}

/** A classifier on the vectors of one model and profile. */
export class Adapter {
  readonly card: AdapterCard;
  readonly tensors: Tensors;
  readonly #head: Head;

  /** @throws MedembedError "corrupt-checkpoint" for tensors that do not make the head */
  constructor(card: AdapterCard, tensors: Tensors) {
    this.card = card;
    this.tensors = tensors;
    const kind: HeadKind = HEADS[card.head];
    this.#head = kind.restore(tensors, card.settings);
    const { inputs, classes } = this.#head;
    if (classes !== card.labels.length || inputs !== card.space.dimensions) {
      throw new MedembedError(
        "corrupt-checkpoint",
        `the head takes ${inputs} numbers and tells ${classes} classes apart, needed: ${card.space.dimensions} numbers and ${card.labels.length} labels`,
      );
    }
  }

  /** @throws MedembedError "wrong-space" for vectors of another model or profile than those it was trained on */
  requireSpace(space: VectorSpace): void {
    if (isSameSpace(this.card.space, space)) return;
    throw new MedembedError(
      "wrong-space",
      `the adapter was trained on vectors of ${describeSpace(this.card.space)} and is of no use for those of ` +
        `${describeSpace(space)}: embed with that model and profile, or train it anew`,
    );
  }

  /** [rows, dimensions] → [rows, labels], calibrated: their softmax are the probabilities */
  logits(vectors: Matrix): Matrix {
    const scores = this.#head.score(vectors);
    return { ...scores, values: scores.values.map((score) => score / this.card.temperature) };
  }

  /**
   * [rows, dimensions] → [rows, hidden], what the published network has learned to see in vectors: not of length 1, near by distance
   * @throws MedembedError "usage" for another head, which has no such feature
   */
  features(vectors: Matrix): Matrix {
    if (!("features" in this.#head)) {
      throw new MedembedError(
        "usage",
        `the adapter is a ${this.card.head}; only adapter-network has a feature to search by`,
      );
    }
    return (this.#head as AdapterHead).features(vectors);
  }

  /** [rows, dimensions] → [rows, labels] */
  probabilities(vectors: Matrix): Matrix {
    return softmaxRows(this.logits(vectors));
  }
}

import type { AdapterCard } from "../../../applications/adapters/adapter.ts";
import { callThresholdsOf } from "../../../applications/adapters/call-thresholds.ts";
import { bestHead, type FittedHead, fitHead } from "../../../applications/adapters/fit-head.ts";
import { lacksOf, withOperatingPoints } from "../../../applications/adapters/train-adapter.ts";
import type { Epoch, Tensors } from "../../../applications/heads/head.ts";
import type { HeadName } from "../../../applications/heads/kinds.ts";
import { takeLabelled } from "../../../applications/labelled-vectors.ts";
import { BOOTSTRAP_ROUNDS, type Estimate } from "../../../applications/metrics/bootstrap.ts";
import type { CallThresholds } from "../../../applications/operating-points/three-way-call.ts";
import { PARTS, type Split, splitThreeWays } from "../../../applications/split-by-group.ts";
import type { VectorSpace } from "../../../vector-space.ts";
import { answerRequests } from "../../../worker-thread.ts";
import type { Examples } from "../collect-examples.ts";
import type { TrainingAsked } from "./parse-training.ts";

/** Of a probability: as many digits as tell float32 apart. */
const DIGITS = 9;

export interface TrainingRequest extends Pick<TrainingAsked, "heads" | "shares" | "classWeights" | "seed"> {
  readonly examples: Examples;
  readonly space: VectorSpace;
}

/** How far training has come: an epoch is over, or a head is trained and measured. */
export type TrainingProgress =
  | ({ readonly kind: "epoch"; readonly head: HeadName } & Epoch)
  | {
      readonly kind: "head";
      readonly head: HeadName;
      /** Null where there is nothing to tell, each with its interval. */
      readonly figures: Readonly<
        Record<"area" | "averagePrecision" | "balancedAccuracy" | "calibrationError", Estimate>
      >;
    };

/** Rows that were not trained on, with what the best head makes of them. */
interface JudgedPart {
  readonly ids: readonly string[];
  /** [rows], places in the labels. */
  readonly truths: readonly number[];
  /** [rows][labels] */
  readonly probabilities: readonly (readonly number[])[];
}

/** What has come of a training. */
export interface TrainingOutcome {
  /** The best head on the validation rows. */
  readonly kept: HeadName;
  readonly labels: readonly string[];
  readonly rows: Readonly<Record<keyof Split, number>>;
  /** Whose pictures they are, as far as that is known. */
  readonly patients: number;
  /** What is worth a look, for people. */
  readonly notes: readonly string[];
  readonly validation: JudgedPart;
  readonly test: JudgedPart;
  /** [labels], chosen on the validation rows; null for a label that they do not show. */
  readonly thresholds: readonly (CallThresholds | null)[];
}

export interface TrainingResponse {
  readonly outcome: TrainingOutcome;
  readonly card: AdapterCard;
  readonly tensors: Tensors;
}

answerRequests<null, TrainingRequest, TrainingResponse, TrainingProgress>(() => async (request, tell) => {
  const { examples, space, heads, shares, classWeights, seed } = request;
  const set = { ...examples, space };
  const split = splitThreeWays(set, shares, seed);
  const bootstrap = { seed, rounds: BOOTSTRAP_ROUNDS };
  const fitted = new Map<HeadName, FittedHead>();
  for (const [head, settings] of heads) {
    const onEpoch = (epoch: Epoch) => tell({ kind: "epoch", head, ...epoch });
    const fit = fitHead(set, split, { head, settings, classWeights, seed, onEpoch }, { bootstrap });
    fitted.set(head, fit);
    const { area, averagePrecision, balancedAccuracy, calibrationError } = fit.report.figures;
    tell({ kind: "head", head, figures: { area, averagePrecision, balancedAccuracy, calibrationError } });
  }
  const [kept, best] = bestHead(fitted);
  const adapter = withOperatingPoints(best.adapter, takeLabelled(set, split.validation), bootstrap);
  const judge = (part: keyof Split): JudgedPart => {
    const { vectors, labels } = takeLabelled(set, split[part]);
    const { columns, values } = adapter.probabilities(vectors);
    return {
      ids: Array.from(split[part], (row) => examples.ids[row]),
      truths: [...labels],
      probabilities: Array.from(labels, (_, row) =>
        Array.from(values.subarray(row * columns, (row + 1) * columns), (value) => Number(value.toPrecision(DIGITS))),
      ),
    };
  };
  const outcome: TrainingOutcome = {
    kept,
    labels: set.names,
    rows: Object.fromEntries(PARTS.map((part) => [part, split[part].length])) as TrainingOutcome["rows"],
    patients: examples.patients,
    notes: lacksOf(set, split),
    validation: judge("validation"),
    test: judge("test"),
    thresholds: set.names.map((label) => callThresholdsOf(adapter.card, label) ?? null),
  };
  return { response: { outcome, card: adapter.card, tensors: adapter.tensors } };
});

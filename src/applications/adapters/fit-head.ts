import { type ClassifierReport, classifierFigures, evaluateClassifier } from "../evaluate-classifier.ts";
import type { HeadName } from "../heads/kinds.ts";
import { type LabelledVectors, takeLabelled } from "../labelled-vectors.ts";
import type { Matrix } from "../matrix.ts";
import type { BootstrapOptions } from "../metrics/bootstrap.ts";
import type { Split } from "../split-by-group.ts";
import type { Adapter } from "./adapter.ts";
import { crossValidate, type TrainingSet, type TrainOptions, trainAdapter } from "./train-adapter.ts";

/** A head that was trained, and how well it answers. */
export interface FittedHead {
  readonly adapter: Adapter;
  readonly report: ClassifierReport;
  /** What was measured: the rows, and the calibrated logits [rows, classes]. */
  readonly measured: LabelledVectors;
  readonly logits: Matrix;
  /** What the best head is chosen by. */
  readonly choice: number;
}

/**
 * Trains a head and measures it on the test rows, without these on the validation rows; with folds on every row, by a head that has not seen
 * its group.
 * @throws MedembedError "invalid-data" for a split that it cannot learn from
 */
export function fitHead(
  set: TrainingSet,
  split: Split,
  options: TrainOptions,
  { bootstrap, folds }: { readonly bootstrap: BootstrapOptions; readonly folds?: number | undefined },
): FittedHead {
  const adapter = trainAdapter(set, split, options);
  if (folds !== undefined) {
    const { onEpoch, ...quiet } = options;
    const logits = crossValidate(set, folds, quiet);
    const report = evaluateClassifier(logits, set, set.names, bootstrap);
    return { adapter, report, measured: set, logits, choice: report.figures.area.value };
  }
  const [validation, measured] = [split.validation, split.test.length > 0 ? split.test : split.validation].map((rows) =>
    takeLabelled(set, rows),
  );
  const logits = adapter.logits(measured.vectors);
  const report = evaluateClassifier(logits, measured, set.names, bootstrap);
  const figures = classifierFigures(adapter.logits(validation.vectors), validation);
  return {
    adapter,
    report,
    measured,
    logits,
    choice: figures(new Float64Array(validation.labels.length).fill(1)).area,
  };
}

/** The one with the best mean area under the curve on the validation rows, by its name; of equals the first. */
export function bestHead(fitted: ReadonlyMap<HeadName, FittedHead>): readonly [HeadName, FittedHead] {
  return [...fitted].reduce((best, one) => (one[1].choice > best[1].choice ? one : best));
}

import {
  answerSections,
  classifierRecords,
  comparisonSection,
  type MeasuredAnswers,
  subgroupSection,
} from "../../applications/classifier-sections.ts";
import type { ClassifierFigure, ClassifierReport } from "../../applications/evaluate-classifier.ts";
import type { Epoch } from "../../applications/heads/head.ts";
import type { Subgroup } from "../../applications/subgroups.ts";
import { curvePlot } from "../../reports/curve-plot.ts";
import { reportPage, type Section } from "../../reports/page.ts";
import { describeSpace, type VectorSpace } from "../../vector-space.ts";
import type { Report } from "../report-files.ts";

/** What `adapter evaluate` and `adapter train` have found. */
export interface Evaluation {
  readonly title: string;
  /** Which rows it was measured on. */
  readonly measuredOn: string;
  readonly space: VectorSpace;
  /** By head. */
  readonly reports: Readonly<Record<string, ClassifierReport>>;
  /** The head whose answers are shown. */
  readonly kept: string;
  readonly answers: MeasuredAnswers;
  readonly subgroups?: readonly { readonly column: string; readonly values: readonly Subgroup<ClassifierFigure>[] }[];
  /** Of heads that are trained in epochs. */
  readonly epochs?: ReadonlyMap<string, readonly Epoch[]>;
  /** As `--json` prints them. */
  readonly figures: unknown;
}

export function evaluationReport(evaluation: Evaluation): Report {
  const { title, measuredOn, space, reports, kept, answers, subgroups = [], epochs, figures } = evaluation;
  const trained = [...(epochs ?? [])].filter(([, own]) => own.length > 0);
  const page = reportPage({
    title,
    about: [measuredOn, `Vectors of ${describeSpace(space)}`, `Plots: ${kept}`],
    sections: [
      comparisonSection(reports),
      ...answerSections(answers),
      ...subgroups.map(({ column, values }) => subgroupSection(column, values)),
      ...(trained.length > 0 ? [trainingSection(trained)] : []),
    ],
  });
  return { page, figures, records: classifierRecords(reports, kept, answers.points) };
}

function trainingSection(trained: readonly (readonly [string, readonly Epoch[]])[]): Section {
  const curves = (figure: "loss" | "area") =>
    trained.map(([name, epochs]) => ({
      name,
      x: epochs.map(({ number }) => number),
      y: epochs.map((epoch) => epoch[figure]),
    }));
  return {
    title: "Training",
    parts: [
      curvePlot({
        title: "Loss on the training rows",
        description: "The mean loss of each epoch.",
        x: "epoch",
        y: "loss",
        curves: curves("loss"),
      }),
      curvePlot({
        title: "Mean AUC on the validation rows",
        description: "The mean area under the ROC curve after each epoch.",
        x: "epoch",
        y: "mean AUC",
        curves: curves("area"),
      }),
    ],
  };
}

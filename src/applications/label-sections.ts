import { barPlot } from "../reports/bar-plot.ts";
import { calibrationPlot } from "../reports/calibration-plot.ts";
import { withInterval } from "../reports/digits.ts";
import { histogramPlot } from "../reports/histogram-plot.ts";
import type { Section } from "../reports/page.ts";
import { table } from "../reports/table.ts";
import { curvePlots, estimateCells, FIGURE_RECORD } from "./classifier-sections.ts";
import {
  answersByLabel,
  LABEL_FIGURES,
  type LabelAnswers,
  type LabelFigure,
  type LabelsReport,
  type LabelTruths,
  PRESENT_ABOVE,
} from "./evaluate-labels.ts";
import type { Matrix } from "./matrix.ts";
import { calibrationCurve } from "./metrics/calibration.ts";
import { countCuts, rankScores } from "./metrics/ranking.ts";

/** Answers to labels, each by itself, to be shown. */
export interface MeasuredLabels {
  /** [rows, labels], of presence against absence */
  readonly logOdds: Matrix;
  readonly truths: LabelTruths;
  readonly report: LabelsReport;
}

const FIGURES = Object.keys(LABEL_FIGURES) as LabelFigure[];
const POINT = `above ${PRESENT_ABOVE}`;

/** Figures, curves with the threshold, scores and calibration of each label. */
export function labelSections({ logOdds, truths, report }: MeasuredLabels): Section[] {
  const answers = answersByLabel(logOdds, truths);
  return [
    figuresSection(report),
    curvesSection(report, answers),
    scoresSection(report, answers),
    calibrationSection(report, answers),
  ];
}

function figuresSection({ macro, perLabel }: LabelsReport): Section {
  const inTable = FIGURES.filter((figure) => figure !== "prevalence"); // which the counts say
  const cells = (figures: LabelsReport["macro"]) => inTable.map((figure) => withInterval(figures[figure]));
  return {
    title: "Figures",
    about:
      `A label is called present above ${PRESENT_ABOVE}, which is no measured threshold. The macro mean is over the labels. Below each figure its 95 % ` +
      "interval: whole groups, such as patients, were drawn with replacement.",
    parts: [
      table({
        head: ["", "rows", "present", ...inTable.map((figure) => LABEL_FIGURES[figure])],
        rows: [
          ...perLabel.map(({ label, rows, present, figures }) => [label, rows, present, ...cells(figures)]),
          ["macro mean", "", "", ...cells(macro)],
        ],
      }),
      barPlot({
        title: LABEL_FIGURES.area,
        label: LABEL_FIGURES.area,
        range: [0, 1],
        bars: perLabel.map(({ label, figures }) => ({ name: label, ...figures.area })),
      }),
    ],
  };
}

function curvesSection({ perLabel }: LabelsReport, answers: readonly LabelAnswers[]): Section {
  return {
    title: "Curves",
    about: `Each label by itself; marks are what is called present ${POINT}.`,
    parts: curvePlots(
      perLabel.map(({ label }, name) => {
        return { name: label, cuts: countCuts(rankScores(answers[name].logOdds, answers[name].isPresent)) };
      }),
      perLabel.map(({ label, figures }) => ({ label, point: POINT, figures })),
    ),
  };
}

function scoresSection({ perLabel }: LabelsReport, answers: readonly LabelAnswers[]): Section {
  return {
    title: "Scores",
    about: "What probability each label got, where it is present and where it is not.",
    parts: perLabel.map(({ label }, name) => {
      const { probabilities, isPresent } = answers[name];
      return histogramPlot({
        title: label,
        label: "probability",
        range: [0, 1],
        classes: [
          { name: "absent", scores: probabilities.filter((_, i) => !isPresent[i]) },
          { name: "present", scores: probabilities.filter((_, i) => isPresent[i]) },
        ],
        thresholds: [{ name: "present above", value: PRESENT_ABOVE }],
      });
    }),
  };
}

function calibrationSection({ perLabel }: LabelsReport, answers: readonly LabelAnswers[]): Section {
  return {
    title: "Calibration",
    about: "How often a label is present, for how probable that was said to be.",
    parts: perLabel.map(({ label }, name) =>
      calibrationPlot({ title: label, bins: calibrationCurve(answers[name].probabilities, answers[name].isPresent) }),
    ),
  };
}

/** All figures as records, as those of classifiers are. @param classifier its name */
export function labelRecords({ macro, perLabel }: LabelsReport, classifier: string): string[][] {
  const lines = (label: string, figures: LabelsReport["macro"]) =>
    FIGURES.map((figure) => [classifier, label, "", figure, ...estimateCells(figures[figure])]);
  const counts = (label: string, name: string, count: number) => [classifier, label, "", name, String(count), "", ""];
  return [
    [...FIGURE_RECORD],
    ...lines("", macro),
    ...perLabel.flatMap(({ label, rows, present, figures }) => [
      counts(label, "rows", rows),
      counts(label, "present", present),
      ...lines(label, figures),
    ]),
  ];
}

import { readExamples } from "../../applications/exam-parameters/examples.ts";
import { fitExamPredictor } from "../../applications/exam-parameters/fit-exam-predictor.ts";
import {
  type ExamFigures,
  type LabelFigures,
  measureExamPredictor,
  type NumberFigures,
} from "../../applications/exam-parameters/measure-exam-predictor.ts";
import { savePredictor } from "../../applications/exam-parameters/predictor-files.ts";
import { NUMBER_TARGET_NAMES, NUMBER_TARGETS, type NumberTarget } from "../../applications/exam-parameters/targets.ts";
import { formatTable, interval } from "../adapter/report-tables.ts";
import { bootstrapOptions } from "../bootstrap-options.ts";
import type { Run } from "../flags.ts";
import { text } from "../options.ts";
import { reportPath, writeReport } from "../report-files.ts";
import { countsOf, examReport, sizeOf, stepOf } from "./exam-report.ts";
import { examSettings, labelTargets, readExams } from "./read-exams.ts";

/** A wider confusion matrix than this is no table that can be read; JSON has it. */
const MAX_SHOWN_VALUES = 12;

export const fit: Run = async ([path], options) => {
  const settings = examSettings(options);
  const reportFile = reportPath(options);
  const bootstrap = bootstrapOptions(options);
  const set = await readExams(path, options);
  const targets = labelTargets(options, set);
  const { predictor, answers } = fitExamPredictor(readExamples(set, targets), settings, set.space);
  const figures = measureExamPredictor(predictor, answers, bootstrap);
  const untold = [...targets, ...NUMBER_TARGET_NAMES].filter(
    (target) => !(target in figures.labels) && !(target in figures.numbers),
  );
  if (untold.length > 0) console.error(`note: too few headers tell ${untold.join(", ")}, or all say the same`);
  const out = text(options, "out");
  if (out !== undefined) await savePredictor(predictor, figures, out);
  if (reportFile !== undefined) await writeReport(reportFile, examReport(figures, set.space));
  if (options.json) {
    console.log(JSON.stringify({ ...figures, out: out ?? null }, null, 2));
    return 0;
  }
  console.log(`${countsOf(figures)}; in brackets 95 % intervals over patients\n`);
  process.stdout.write(`${labelTable(figures)}\n${numberTable(figures)}`);
  for (const [target, own] of Object.entries(figures.labels)) {
    if (own.values.length <= MAX_SHOWN_VALUES) process.stdout.write(`\n${confusionTable(target, own)}`);
  }
  return 0;
};

function labelTable({ labels }: ExamFigures): string {
  return formatTable([
    ["label", "rows", "values", "answered", "accuracy", "balanced accuracy"],
    ...Object.entries(labels).map(([target, { rows, values, coverage, accuracy, balancedAccuracy }]) => [
      target,
      String(rows),
      String(values.length),
      ...[coverage, accuracy, balancedAccuracy].map(interval),
    ]),
  ]);
}

function numberTable({ numbers }: ExamFigures): string {
  return formatTable([
    ["number", "rows", "answered", "error", "interval", "true values in it"],
    ...Object.entries(numbers).map(([name, { rows, coverage, scale, error, spread, intervalCoverage }]) => {
      const { unit } = NUMBER_TARGETS[name as NumberTarget];
      const cells = [interval(coverage), errorOf({ error, scale }), stepOf(spread, scale), interval(intervalCoverage)];
      return [`${name}, ${unit}`, String(rows), ...cells];
    }),
  ]);
}

function errorOf({ error: { value, low, high }, scale }: Pick<NumberFigures, "error" | "scale">): string {
  const ends = Number.isNaN(value) ? "" : ` (${sizeOf(low, scale)} to ${sizeOf(high, scale)})`;
  return `${stepOf(value, scale)}${ends}`;
}

/** Rows are what headers say, columns what the neighbours say. */
function confusionTable(target: string, { values, confusion }: LabelFigures): string {
  return formatTable([
    [target, ...values.map((_, value) => `→ ${value + 1}`), "no answer"],
    ...values.map((value, truth) => [`${truth + 1} ${value}`, ...confusion[truth].map(String)]),
  ]);
}

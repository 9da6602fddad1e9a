import { type Disagreement, findDisagreements } from "../../applications/exam-parameters/disagreements.ts";
import type { ExamAnswer } from "../../applications/exam-parameters/exam-predictor.ts";
import { type ExamExamples, readExamples } from "../../applications/exam-parameters/examples.ts";
import { fitExamPredictor } from "../../applications/exam-parameters/fit-exam-predictor.ts";
import { openPredictor } from "../../applications/exam-parameters/predictor-files.ts";
import { type DescribedVectors, patientGroups } from "../../applications/vector-set.ts";
import { MedembedError } from "../../errors.ts";
import { formatTable } from "../adapter/report-tables.ts";
import type { Run } from "../flags.ts";
import { text } from "../options.ts";
import { examSettings, labelTargets, readExams } from "./read-exams.ts";

export const check: Run = async ([path], options) => {
  const settings = examSettings(options);
  const folder = text(options, "predictor");
  if (folder !== undefined && (text(options, "neighbours") ?? text(options, "margin")) !== undefined) {
    throw new MedembedError("usage", "the predictor has its own neighbours and margin: give either it or them");
  }
  const set = await readExams(path, options);
  const targets = labelTargets(options, set);
  const examples = readExamples(set, targets);
  const answers =
    folder === undefined
      ? fitExamPredictor(examples, settings, set.space).answers
      : await answersOf(folder, set, examples);
  const sources = new Map(set.ids.map((id, row) => [id, String(set.columns[row].source ?? id)]));
  const found = findDisagreements(examples, answers).map((one) => ({ source: sources.get(one.id) ?? one.id, ...one }));
  if (options.json) console.log(JSON.stringify({ checked: set.ids.length, disagreements: found }, null, 2));
  else {
    console.log(`${set.ids.length} checked, ${found.length} disagreements\n`);
    if (found.length > 0) process.stdout.write(disagreementTable(found));
  }
  return 0;
};

async function answersOf(folder: string, set: DescribedVectors, { vectors }: ExamExamples): Promise<ExamAnswer[]> {
  const predictor = await openPredictor(folder);
  predictor.requireSpace(set.space);
  return predictor.predict(vectors, patientGroups(set));
}

function disagreementTable(found: readonly (Disagreement & { readonly source: string })[]): string {
  return formatTable([
    ["path", "label", "header", "neighbours", "share", "nearest", "distance"],
    ...found.map(({ source, target, header, neighbours, share, nearest: [first] }) => [
      source,
      target,
      header,
      neighbours,
      share.toFixed(2),
      first.id,
      first.distance.toFixed(4),
    ]),
  ]);
}

import { stat, writeFile } from "node:fs/promises";
import { saveAdapter } from "../../applications/adapters/adapter-files.ts";
import { bestHead, type FittedHead, fitHead } from "../../applications/adapters/fit-head.ts";
import { lacksOf, type TrainingSet, withOperatingPoints } from "../../applications/adapters/train-adapter.ts";
import type { Epoch } from "../../applications/heads/head.ts";
import { HEADS, type HeadName } from "../../applications/heads/kinds.ts";
import type { JoinedLabels } from "../../applications/join-labels.ts";
import { takeLabelled } from "../../applications/labelled-vectors.ts";
import { PARTS, type Split, splitThreeWays } from "../../applications/split-by-group.ts";
import { csvLine } from "../../csv-line.ts";
import { MedembedError } from "../../errors.ts";
import { bootstrapOptions, seedOf } from "../bootstrap-options.ts";
import type { Run } from "../flags.ts";
import { text, wholeNumber } from "../options.ts";
import { reportPath, writeReport } from "../report-files.ts";
import { headSettings } from "./head-settings.ts";
import { measurePoints, neverPossibleNotes, pointTable } from "./point-table.ts";
import { needed, readLabelled, readVectorSet, texts } from "./read-inputs.ts";
import { evaluationReport } from "./report.ts";
import { classTable, headTable } from "./report-tables.ts";

const MAX_FOLDS = 100;

type Options = Readonly<Record<string, unknown>>;

export const train: Run = async ([vectors], options) => {
  const out = text(options, "out");
  const request = readRequest(options);
  const reportFile = reportPath(options);
  needed(options, "labels");
  if (out !== undefined && (await stat(out).catch(() => undefined))) {
    throw new MedembedError("usage", `${out} exists already`); // told before the work, not after it
  }
  const set = await readVectorSet(vectors);
  const joined = await readLabelled(set, options);
  const training: TrainingSet = { ...joined, space: set.space };
  const bootstrap = bootstrapOptions(options);
  const split = joined.split ?? splitThreeWays(joined, request.shares, request.seed);
  const splitFile = text(options, "writeSplit");
  if (splitFile !== undefined) await writeSplit(splitFile, joined, split);
  if (request.folds === undefined) for (const lack of lacksOf(training, split)) console.error(`note: ${lack}`);

  const outcomes = new Map<HeadName, FittedHead>();
  const epochs = new Map<HeadName, Epoch[]>();
  for (const [head, settings] of request.heads) {
    const { classWeights, seed, folds } = request;
    const ownEpochs: Epoch[] = [];
    epochs.set(head, ownEpochs);
    const onEpoch = (epoch: Epoch) => {
      ownEpochs.push(epoch);
      tellEpoch(head, epoch);
    };
    const trainOptions = { head, settings, classWeights, seed, onEpoch };
    outcomes.set(head, fitHead(training, split, trainOptions, { bootstrap, folds }));
  }
  const [kept, outcome] = bestHead(outcomes);
  const validation = takeLabelled(training, split.validation);
  const adapter = withOperatingPoints(outcome.adapter, validation, bootstrap);
  const points =
    split.test.length === 0 ? [] : measurePoints(adapter, takeLabelled(training, split.test), { bootstrap });
  if (out !== undefined) await saveAdapter(adapter, out);

  const reports = Object.fromEntries([...outcomes].map(([head, { report }]) => [head, report]));
  const rows = measuredOn(request.folds, split);
  const figures = { kept, out, measuredOn: rows, heads: reports, points };
  if (reportFile !== undefined) {
    const { logits, measured, report } = outcome;
    // Thresholds are measured on the test rows: beside curves of other rows they would mislead.
    const shown = request.folds === undefined ? points : [];
    const answers = { logits, truths: measured, labels: training.names, report, points: shown };
    const title = "How well adapters answer";
    const evaluation = { title, measuredOn: rows, space: set.space, reports, kept, answers, epochs, figures };
    await writeReport(reportFile, evaluationReport(evaluation));
  }
  if (options.json) {
    console.log(JSON.stringify(figures, null, 2));
  } else {
    console.log(`${rows}, in brackets 95 % intervals over groups\n`);
    process.stdout.write(`${headTable(reports)}\n${kept}\n${classTable(outcome.report)}`);
    if (points.length > 0)
      process.stdout.write(
        `\nthresholds chosen on the validation rows, measured on the test rows\n${pointTable(points)}`,
      );
  }
  for (const note of neverPossibleNotes(adapter)) console.error(`note: ${note}`);
  if (out !== undefined) console.error(`${out} has the adapter: ${kept}, trained on ${split.train.length} rows`);
  return 0;
};

/** The labels that were used, with the column split as it was drawn. @throws MedembedError "write-failed" */
async function writeSplit(path: string, { lines }: JoinedLabels, split: Split): Promise<void> {
  const columns = [...new Set([...Object.keys(lines[0].cells), "split"])];
  const partOf = new Map(PARTS.flatMap((part) => Array.from(split[part], (row) => [row, part] as const)));
  const records = lines.map(({ cells }, row) => {
    const own: Readonly<Record<string, string>> = { ...cells, split: partOf.get(row) ?? "" };
    return csvLine(columns.map((column) => own[column]));
  });
  await writeFile(path, [csvLine(columns), ...records].join("")).catch((cause: NodeJS.ErrnoException) => {
    throw new MedembedError("write-failed", `cannot write ${path}: ${cause.code}`, { cause });
  });
}

interface Request {
  readonly heads: ReadonlyMap<HeadName, Options>;
  readonly classWeights: "balanced" | "none";
  readonly shares: Readonly<Record<keyof Split, number>>;
  readonly folds: number | undefined;
  readonly seed: number;
}

/** @throws MedembedError "usage" */
function readRequest(options: Options): Request {
  const heads = texts(options, "head").length > 0 ? texts(options, "head") : ["logistic-regression"];
  for (const head of heads) {
    if (Object.hasOwn(HEADS, head)) continue;
    throw new MedembedError("usage", `--head ${head} is unknown; known are ${Object.keys(HEADS).join(", ")}`);
  }
  const classWeights = text(options, "classWeights") ?? "none";
  if (classWeights !== "none" && classWeights !== "balanced") {
    throw new MedembedError("usage", `--class-weights ${classWeights} is unknown; known are balanced, none`);
  }
  return {
    heads: headSettings(options, heads as HeadName[]),
    classWeights,
    shares: readShares(text(options, "split") ?? "60,20,20"),
    folds: wholeNumber(options, "folds", 3, MAX_FOLDS),
    seed: seedOf(options),
  };
}

function readShares(given: string): Request["shares"] {
  const percents = given.split(",").map(Number);
  const isSplit =
    percents.length === PARTS.length && percents.every((percent) => percent >= 0) && percents[0] > 0 && percents[1] > 0;
  if (!isSplit || percents.reduce((a, b) => a + b, 0) !== 100) {
    throw new MedembedError(
      "usage",
      `--split ${given} must be percents for train, validation and test, 100 together, such as 60,20,20`,
    );
  }
  return { train: percents[0] / 100, validation: percents[1] / 100, test: percents[2] / 100 };
}

function measuredOn(folds: number | undefined, { test, validation }: Split): string {
  if (folds !== undefined) return `all rows, ${folds} folds, each row by a head that has not seen it`;
  if (test.length > 0) return `${test.length} test rows`;
  return `${validation.length} validation rows, by which choices were made: too good`;
}

/** As many lines as fit on a screen. */
const EPOCHS_TOLD = 30;

function tellEpoch(head: HeadName, { number, of, loss, area, accuracy }: Epoch): void {
  if (number % Math.ceil(of / EPOCHS_TOLD) !== 0) return;
  const figures = `validation AUC ${area.toFixed(4)}, accuracy ${accuracy.toFixed(4)}`;
  console.error(`${head}: epoch ${number} of ${of}, loss ${loss.toFixed(4)}, ${figures}`);
}

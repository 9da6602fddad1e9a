import { unknownToModel } from "../../applications/zero-shot/knowledge.ts";
import { embedLabels, zeroShotLogits, zeroShotProbabilities } from "../../applications/zero-shot/label-vectors.ts";
import { promptWarnings } from "../../applications/zero-shot/prompt-warnings.ts";
import type { PromptedLabel } from "../../applications/zero-shot/prompted-label.ts";
import type { Embedder } from "../../embedder.ts";
import { bootstrapOptions } from "../bootstrap-options.ts";
import type { Run } from "../flags.ts";
import { text, wholeNumber } from "../options.ts";
import { reportPath, writeReport } from "../report-files.ts";
import { readCompetingTruth } from "./competing-truth.ts";
import { readLabelOptions } from "./label-options.ts";
import { readPairedTruth } from "./paired-truth.ts";
import { openPictures } from "./picture-source.ts";
import { type Prediction, predictionOf } from "./prediction.ts";
import { predictionTable, predictionWriterOf } from "./prediction-writer.ts";
import { classifiedReport } from "./report.ts";
import { Truth } from "./truth.ts";

/** More labels than anyone gives. */
const MAX_TOP = 100_000;
/** The likeliest ones that fit on a line of a terminal. */
const TOP_OF_TABLE = 3;

type Options = Readonly<Record<string, unknown>>;

export const classify: Run = async (paths, options) => {
  const labels = await readLabelOptions(options);
  const names = labels.map(({ name }) => name);
  const out = text(options, "out");
  const openWriter = predictionWriterOf(out);
  const reportFile = reportPath(options);
  const isTable = out === undefined && !options.json && process.stdout.isTTY === true;
  const top = wholeNumber(options, "top", 1, MAX_TOP) ?? (isTable && !reportFile ? TOP_OF_TABLE : labels.length);
  const bootstrap = bootstrapOptions(options);
  const truth = await readTruth(options, labels);
  for (const warning of promptWarnings(labels)) tell(warning);

  const source = await openPictures(paths, options);
  try {
    const { embedder, profile } = source;
    tellUnknown(labels, embedder);
    const vectors = await embedLabels(embedder, labels);
    const isStreamed = out !== undefined || !(isTable || options.json || truth); // else standard output gets something else
    const writer = isStreamed ? await openWriter({ labels: names, hasTruth: truth !== undefined }) : undefined;
    const predictions: Prediction[] = [];
    const isKept = isTable || options.json || reportFile !== undefined;
    const code = await source
      .each(async (id, vector) => {
        const logits = zeroShotLogits({ rows: 1, columns: vector.length, values: vector }, vectors);
        truth?.add(id, logits.values);
        const probabilities = zeroShotProbabilities(logits, vectors);
        const prediction = predictionOf(vectors, probabilities, { id, truth: truth?.of(id), top });
        if (isKept) predictions.push(prediction);
        await writer?.write(prediction);
      })
      .finally(() => writer?.close());
    const meaning = vectors.absent ? EACH_BY_ITSELF : ALL_TOGETHER;
    tell(meaning);

    const measured = truth?.measure(bootstrap);
    const { name: model, weights, precision, logitScale } = embedder.card;
    const figures = { model, weights, profile, precision, logitScale, labels, predictions, report: measured?.report };
    if (reportFile !== undefined) {
      const classified = { model, profile, labels: names, predictions, meaning, measured, figures };
      await writeReport(reportFile, await classifiedReport(classified));
    }
    if (options.json) {
      console.log(JSON.stringify(figures, null, 2));
      return code;
    }
    if (isTable) process.stdout.write(`${predictionTable(predictions)}${measured ? "\n" : ""}`);
    if (measured) process.stdout.write(measured.table);
    return code;
  } finally {
    await source.close();
  }
};

const ALL_TOGETHER = "the probabilities hold for this set of labels: each changes when a label is added or left out";
const EACH_BY_ITSELF =
  "each label is answered by itself; 0.5 is where its presence and absence fit alike, no measured threshold";

async function readTruth(options: Options, labels: readonly PromptedLabel[]): Promise<Truth | undefined> {
  const file = text(options, "truth");
  if (file === undefined) return undefined;
  const read = labels.some(({ negatives }) => negatives.length > 0) ? readPairedTruth : readCompetingTruth;
  const names = labels.map(({ name }) => name);
  return new Truth(await read(file, names));
}

function tellUnknown(labels: readonly PromptedLabel[], { card }: Embedder): void {
  const [first, ...more] = unknownToModel(labels, card);
  if (first === undefined) return;
  const others = more.length > 0 ? ` (and ${more.length} more texts)` : "";
  tell(
    `${card.name} was trained on no picture of "${first}"${others}: what it answers there is a guess; see medembed models`,
  );
}

function tell(note: string): void {
  console.error(`note: ${note}`);
}

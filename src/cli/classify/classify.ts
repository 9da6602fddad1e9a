import { unknownToModel } from "../../applications/zero-shot/knowledge.ts";
import { embedLabels, zeroShotLogits, zeroShotProbabilities } from "../../applications/zero-shot/label-vectors.ts";
import { promptWarnings } from "../../applications/zero-shot/prompt-warnings.ts";
import type { PromptedLabel } from "../../applications/zero-shot/prompted-label.ts";
import type { Embedder } from "../../embedder.ts";
import { MedembedError } from "../../errors.ts";
import type { Run } from "../flags.ts";
import { text, wholeNumber } from "../options.ts";
import { readLabelOptions } from "./label-options.ts";
import { openPictures } from "./picture-source.ts";
import { type Prediction, predictionOf } from "./prediction.ts";
import { type PredictionWriter, predictionTable, predictionWriterOf } from "./prediction-writer.ts";
import { reportTable, Truth } from "./truth.ts";

const MAX_SEED = 2 ** 29;
/** More than the likeliest ones that fit on a line of a terminal. */
const MAX_TOP = 100_000;
const TOP_OF_TABLE = 3;

type Options = Readonly<Record<string, unknown>>;

export const classify: Run = async (paths, options) => {
  const labels = await readLabelOptions(options);
  const out = text(options, "out");
  const openWriter = predictionWriterOf(out);
  const isTable = out === undefined && !options.json && process.stdout.isTTY === true;
  const top = wholeNumber(options, "top", 1, MAX_TOP) ?? (isTable ? TOP_OF_TABLE : labels.length);
  const seed = wholeNumber(options, "seed", 0, MAX_SEED) ?? 0;
  const truth = await readTruth(options, labels);
  for (const warning of promptWarnings(labels)) tell(warning);

  const source = await openPictures(paths, options);
  try {
    const { embedder, profile } = source;
    tellUnknown(labels, embedder);
    const vectors = await embedLabels(embedder, labels);
    const kept: Prediction[] = [];
    const isWritten = out !== undefined || !(isTable || options.json || truth); // else standard output gets something else
    const shape = { labels: vectors.names, hasTruth: truth !== undefined };
    const writer: PredictionWriter = isWritten ? await openWriter(shape) : keepIn(kept);
    const code = await source
      .each(async (id, vector) => {
        const logits = zeroShotLogits({ rows: 1, columns: vector.length, values: vector }, vectors);
        truth?.add(id, logits.values);
        const probabilities = zeroShotProbabilities(logits, vectors);
        await writer.write(predictionOf(vectors, probabilities, { id, truth: truth?.of(id), top }));
      })
      .finally(() => writer.close());

    tell(
      vectors.absent
        ? "each label is answered by itself; 0.5 is where its presence and absence fit alike, no measured threshold"
        : "the probabilities hold for this set of labels: each changes when a label is added or left out",
    );
    const report = truth?.report(seed);
    if (options.json) {
      const { name: model, weights, precision, logitScale } = embedder.card;
      const predictions = isWritten ? undefined : kept;
      console.log(
        JSON.stringify({ model, weights, profile, precision, logitScale, labels, predictions, report }, null, 2),
      );
    } else {
      if (isTable) process.stdout.write(`${predictionTable(kept)}${report ? "\n" : ""}`);
      if (report) process.stdout.write(reportTable(report));
    }
    return code;
  } finally {
    await source.close();
  }
};

async function readTruth(options: Options, labels: readonly PromptedLabel[]): Promise<Truth | undefined> {
  const file = text(options, "truth");
  if (file === undefined) return undefined;
  if (labels.some(({ negatives }) => negatives.length > 0)) {
    throw new MedembedError("usage", "--truth is for labels that compete, not for those with a text for their absence");
  }
  return Truth.read(
    file,
    labels.map(({ name }) => name),
  );
}

function keepIn(kept: Prediction[]): PredictionWriter {
  return {
    write: async (prediction) => {
      kept.push(prediction);
    },
    close: async () => {},
  };
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

import { open } from "node:fs/promises";
import { extname } from "node:path";
import { csvLine } from "../../csv-line.ts";
import { MedembedError } from "../../errors.ts";
import { formatTable } from "../adapter/report-tables.ts";
import type { Prediction } from "./prediction.ts";

/** Takes predictions as they come; after `close` the output is complete. */
export interface PredictionWriter {
  write(prediction: Prediction): Promise<void>;
  close(): Promise<void>;
}

/** What the lines of a format need to know beforehand. */
export interface PredictionShape {
  readonly labels: readonly string[];
  readonly hasTruth: boolean;
}

interface Format {
  readonly head: (shape: PredictionShape) => string;
  readonly line: (prediction: Prediction, shape: PredictionShape) => string;
}

/** A prediction as cells: those of labels that were not kept are empty. */
export const predictionRecord = {
  head: ({ labels, hasTruth }: PredictionShape): string[] => [
    "file_name",
    "zero_shot_pred",
    ...(hasTruth ? ["ground_truth_label"] : []),
    ...labels,
  ],
  cells: (
    { file_name, zero_shot_pred, ground_truth_label, probabilities }: Prediction,
    { labels, hasTruth }: PredictionShape,
  ): string[] => [
    file_name,
    zero_shot_pred,
    ...(hasTruth ? [ground_truth_label ?? ""] : []),
    ...labels.map((label) => String(probabilities[label] ?? "")),
  ],
} as const;

const CSV: Format = {
  head: (shape) => csvLine(predictionRecord.head(shape)),
  line: (prediction, shape) => csvLine(predictionRecord.cells(prediction, shape)),
};

/** By the ending of the file's name. */
const FORMATS: Readonly<Record<string, Format>> = {
  ".csv": CSV,
  ".jsonl": { head: () => "", line: (prediction) => `${JSON.stringify(prediction)}\n` },
};

/**
 * How to open the writer of a path; nothing is opened or overwritten yet.
 * @param path `undefined` writes CSV to standard output
 * @throws MedembedError "usage" for another ending; the writer: "write-failed"
 */
export function predictionWriterOf(path: string | undefined): (shape: PredictionShape) => Promise<PredictionWriter> {
  if (path === undefined) {
    return async (shape) => {
      await print(CSV.head(shape));
      return { write: (prediction) => print(CSV.line(prediction, shape)), close: async () => {} };
    };
  }
  const format = FORMATS[extname(path).toLowerCase()];
  if (!format) {
    throw new MedembedError("usage", `--out ${path}: the name must end in ${Object.keys(FORMATS).join(", ")}`);
  }
  const fail = (cause: NodeJS.ErrnoException) => {
    throw new MedembedError("write-failed", `cannot write ${path}: ${cause.code ?? cause}`, { cause });
  };
  return async (shape) => {
    const file = await open(path, "w").catch(fail);
    const append = (text: string) => file.writeFile(text).catch(fail); // to what this handle has written
    await append(format.head(shape)).catch(async (error) => {
      await file.close();
      throw error;
    });
    return { write: (prediction) => append(format.line(prediction, shape)), close: () => file.close().catch(fail) };
  };
}

/** For people: a picture a line, with its likeliest labels. */
export function predictionTable(predictions: readonly Prediction[]): string {
  const hasTruth = predictions.some(({ ground_truth_label }) => ground_truth_label !== undefined);
  const shown = Math.max(0, ...predictions.map(({ probabilities }) => Object.keys(probabilities).length));
  const rows = [
    ["file", ...(hasTruth ? ["truth"] : []), ...Array.from({ length: shown }, (_, i) => (i === 0 ? "likeliest" : ""))],
    ...predictions.map(({ file_name, ground_truth_label, probabilities }) => [
      file_name,
      ...(hasTruth ? [ground_truth_label || "-"] : []),
      ...Object.entries(probabilities).map(([label, probability]) => `${probability.toFixed(3)} ${label}`),
    ]),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return formatTable(rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column]))));
}

function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

import { extname } from "node:path";
import type { ExamAnswer, ExamPredictor } from "../../applications/exam-parameters/exam-predictor.ts";
import { openPredictor } from "../../applications/exam-parameters/predictor-files.ts";
import { type NumberTarget, readLabel, readNumber } from "../../applications/exam-parameters/targets.ts";
import { type DescribedVectors, patientGroups } from "../../applications/vector-set.ts";
import { csvLine } from "../../csv-line.ts";
import { MedembedError } from "../../errors.ts";
import type { Columns } from "../../vector-files/vector-file.ts";
import type { Run } from "../flags.ts";
import { text } from "../options.ts";
import { writeLines } from "../write-lines.ts";
import { readExams } from "./read-exams.ts";

/** Digits that a header has, too. */
const SIGNIFICANT_DIGITS = 5;

/** What is told of one vector, beside what its header tells: neither takes the other's place. */
interface Prediction {
  readonly id: string;
  readonly source: string;
  readonly labels: Readonly<
    Record<string, { readonly header: string | null; readonly predicted: string | null; readonly share: number }>
  >;
  readonly numbers: Readonly<Record<string, NumberCells>>;
  readonly neighbours: ExamAnswer["neighbours"];
}

type NumberCells = Readonly<Record<"header" | "predicted" | "low" | "high", number | null>>;

interface Format {
  readonly head: (predictor: ExamPredictor) => string;
  readonly line: (prediction: Prediction) => string;
}

const FORMATS: Readonly<Record<string, Format>> = {
  ".csv": {
    head: ({ examples, settings }) =>
      csvLine([
        "id",
        "source",
        ...Object.keys(examples.labels).flatMap((name) => [name, `${name}_predicted`, `${name}_share`]),
        ...Object.keys(examples.numbers).flatMap((name) => [
          name,
          ...["predicted", "low", "high"].map((kind) => `${name}_${kind}`),
        ]),
        ...Array.from({ length: settings.neighbours }, (_, i) => [
          `nearest_${i + 1}`,
          `nearest_${i + 1}_distance`,
        ]).flat(),
      ]),
    line: ({ id, source, labels, numbers, neighbours }) =>
      csvLine(
        [
          id,
          source,
          ...Object.values(labels).flatMap(({ header, predicted, share }) => [header, predicted, share]),
          ...Object.values(numbers).flatMap(({ header, predicted, low, high }) => [header, predicted, low, high]),
          ...neighbours.flatMap((neighbour) => [neighbour.id, neighbour.distance]),
        ].map((cell) => String(cell ?? "")),
      ),
  },
  ".jsonl": { head: () => "", line: (prediction) => `${JSON.stringify(prediction)}\n` },
};

export const predict: Run = async ([folder, path], options) => {
  const out = text(options, "out");
  const format = FORMATS[out === undefined ? ".csv" : extname(out).toLowerCase()];
  if (!format) {
    throw new MedembedError("usage", `--out ${out}: the name must end in ${Object.keys(FORMATS).join(", ")}`);
  }
  const predictor = await openPredictor(folder);
  const set = await readExams(path, options);
  predictor.requireSpace(set.space);
  const answers = predictor.predict(set.vectors, patientGroups(set));
  const lines = answers.map((answer, row) => format.line(predictionOf(set, row, answer)));
  await writeLines([format.head(predictor), ...lines], out);
  return 0;
};

function predictionOf({ ids, columns }: DescribedVectors, row: number, answer: ExamAnswer): Prediction {
  const own: Columns = columns[row];
  return {
    id: ids[row],
    source: String(own.source ?? ids[row]),
    labels: Object.fromEntries(
      Object.entries(answer.labels).map(([target, { value, share }]) => [
        target,
        { header: readLabel(own, target) ?? null, predicted: value ?? null, share: rounded(share) },
      ]),
    ),
    numbers: Object.fromEntries(
      Object.entries(answer.numbers).map(([target, { value, low, high }]) => [
        target,
        {
          header: readNumber(own, target as NumberTarget) ?? null,
          predicted: cell(value),
          low: cell(low),
          high: cell(high),
        },
      ]),
    ),
    neighbours: answer.neighbours,
  };
}

function cell(value: number | undefined): number | null {
  return value === undefined ? null : rounded(value);
}

function rounded(value: number): number {
  return Number(value.toPrecision(SIGNIFICANT_DIGITS));
}

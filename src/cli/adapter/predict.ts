import { extname } from "node:path";
import { openAdapter } from "../../applications/adapters/adapter-files.ts";
import { callThresholdsOf } from "../../applications/adapters/call-thresholds.ts";
import { argmaxRows } from "../../applications/matrix.ts";
import { callThreeWay, type ThreeWayCall } from "../../applications/operating-points/three-way-call.ts";
import { csvLine } from "../../csv-line.ts";
import { MedembedError } from "../../errors.ts";
import type { Run } from "../flags.ts";
import { text } from "../options.ts";
import { writeLines } from "../write-lines.ts";
import { readVectorSet } from "./read-inputs.ts";

/** What an adapter makes of one vector. */
interface Prediction {
  readonly id: string;
  readonly label: string;
  /** By label. */
  readonly probabilities: Readonly<Record<string, number>>;
  /** By label; without those that have no thresholds. */
  readonly calls: Readonly<Record<string, ThreeWayCall>>;
}

interface Format {
  readonly head: (labels: readonly string[]) => string;
  readonly line: (prediction: Prediction, labels: readonly string[]) => string;
}

const FORMATS: Readonly<Record<string, Format>> = {
  ".csv": {
    head: (labels) => csvLine(["id", "label", ...labels, ...labels.map((label) => `call: ${label}`)]),
    line: ({ id, label, probabilities, calls }, labels) =>
      csvLine([
        id,
        label,
        ...labels.map((name) => String(probabilities[name])),
        ...labels.map((name) => calls[name] ?? ""),
      ]),
  },
  ".jsonl": {
    head: () => "",
    line: (prediction) => `${JSON.stringify(prediction)}\n`,
  },
};

export const predict: Run = async ([folder, vectors], options) => {
  const out = text(options, "out");
  const format = FORMATS[out === undefined ? ".csv" : extname(out).toLowerCase()];
  if (!format)
    throw new MedembedError("usage", `--out ${out}: the name must end in ${Object.keys(FORMATS).join(", ")}`);
  const adapter = await openAdapter(folder);
  const set = await readVectorSet(vectors);
  adapter.requireSpace(set.space);

  const { labels } = adapter.card;
  const thresholds = labels.map((label) => callThresholdsOf(adapter.card, label));
  const probabilities = adapter.probabilities(set.vectors);
  const guesses = argmaxRows(probabilities);
  const lines = function* () {
    yield format.head(labels);
    for (const [row, id] of set.ids.entries()) {
      const own = probabilities.values.subarray(row * labels.length, (row + 1) * labels.length);
      const calls = labels.flatMap((label, name) => {
        const points = thresholds[name];
        return points ? [[label, callThreeWay(own[name], points)]] : [];
      });
      const byLabel = Object.fromEntries(labels.map((label, name) => [label, own[name]]));
      yield format.line(
        { id, label: labels[guesses[row]], probabilities: byLabel, calls: Object.fromEntries(calls) },
        labels,
      );
    }
  };
  await writeLines(lines(), out);
  return 0;
};

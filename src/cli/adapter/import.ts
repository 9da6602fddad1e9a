import { stat } from "node:fs/promises";
import { saveAdapter } from "../../applications/adapters/adapter-files.ts";
import { fromStateDict } from "../../applications/adapters/state-dict.ts";
import { readTensors } from "../../applications/tensor-folder.ts";
import { MedembedError } from "../../errors.ts";
import { readText } from "../../models/read-text.ts";
import type { Run } from "../flags.ts";
import { needed, readVectorSet } from "./read-inputs.ts";

/** No list of labels is longer. */
const MAX_LABELS_BYTES = 2 ** 20;

export const importAdapter: Run = async ([weights], options) => {
  const out = needed(options, "out");
  const labels = await readLabelLines(needed(options, "labelsFile", "--labels-file"));
  const { space } = await readVectorSet(needed(options, "vectors"));
  await saveAdapter(fromStateDict(await readTensors(weights), labels, space), out);
  console.error(`${out} has the adapter; it is not calibrated and has no thresholds`);
  return 0;
};

async function readLabelLines(path: string): Promise<string[]> {
  if (!(await stat(path).catch(() => undefined))?.isFile()) {
    throw new MedembedError("not-found", `there is no file ${path}`);
  }
  const lines = (await readText(path, MAX_LABELS_BYTES, "invalid-data")).split("\n").map((line) => line.trim());
  const labels = lines.filter((line) => line !== "");
  if (new Set(labels).size < labels.length) throw new MedembedError("invalid-data", `${path} has one label twice`);
  return labels;
}

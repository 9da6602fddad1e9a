import { join } from "node:path";
import { listInputFiles } from "../batch/input-files.ts";
import type { Failure } from "../batch/journal.ts";
import { type BatchProgress, type BatchSummary, runBatch } from "../batch/run-batch.ts";
import { Embedder } from "../embedder.ts";
import { MedembedError } from "../errors.ts";
import type { Run } from "./flags.ts";
import { modelOptions, text } from "./options.ts";
import { Progress } from "./progress.ts";

export const batch: Run = async ([inputFolder], options) => {
  const outFolder = text(options, "out");
  if (outFolder === undefined) throw new MedembedError("usage", "--out <folder> is needed: where the predictions go");
  await listInputFiles(inputFolder); // a typing error is told before a model is built
  if (options.queue !== undefined) {
    return (await import("./batch-by-queue.ts")).batchThroughQueue({ inputFolder, outFolder }, options);
  }
  const embedder = await Embedder.open(modelOptions(options));

  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  const progress = new Progress("rows (estimated)");
  try {
    const summary = await runBatch({
      inputFolder,
      outFolder,
      embedder,
      signal: stop.signal,
      onProgress: showProgress(progress),
      onFailure: tellFailure(progress),
    });
    tellBatch(summary, { outFolder, progress, isJson: options.json === true });
    return summary.failed > 0 ? 1 : 0;
  } finally {
    await embedder.close();
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
};

/** Rate and time left are those of this run. How many rows there are follows from the share of bytes that is read. */
function showProgress(progress: Progress): (now: BatchProgress) => void {
  let earlierRows: number | undefined;
  let shown = 0;
  return ({ rows, bytes, totalBytes }) => {
    if (earlierRows === undefined) {
      earlierRows = rows;
      if (rows > 0) progress.note(`going on behind ${rows} rows that are done`);
      return;
    }
    if (bytes > 0) progress.total = Math.max(rows, Math.round((rows / bytes) * totalBytes)) - earlierRows;
    progress.add(rows - earlierRows - shown);
    shown = rows - earlierRows;
  };
}

export function tellFailure(progress: Progress): (failure: Failure & { readonly file: string }) => void {
  return ({ file, row, column, message }) => {
    const place = [file, row === undefined ? "header" : `row ${row}`, ...(column ? [column] : [])].join(", ");
    progress.note(`failed: ${place}: ${message}`);
  };
}

/** The last word about a batch. The rate is that of this process. Where rows are left there is no manifest yet. */
export function tellBatch(
  { files, rows, failed, earlierRows, left = 0 }: BatchSummary & { readonly left?: number },
  {
    outFolder,
    progress,
    isJson,
  }: { readonly outFolder: string; readonly progress: Progress; readonly isJson: boolean },
): void {
  const seconds = progress.end();
  const manifest = join(outFolder, "manifest.json");
  const facts = { files, rows, failed, earlierRows, seconds };
  if (isJson) console.log(JSON.stringify(left > 0 ? { ...facts, left } : { ...facts, manifest }));
  const rate = `${seconds.toFixed(1)} s, ${(progress.done / seconds).toFixed(1)}/s`;
  const list = left > 0 ? `, ${left} rows left by the deadline` : failed > 0 ? `, listed in ${manifest}` : "";
  console.error(`${rows} rows of ${files} files, ${failed} failed, ${rate}${list}`);
}

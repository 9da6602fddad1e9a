import { readFileSync } from "node:fs";
import { parseProfile, profileId } from "../profiles/profiles.ts";
import { type BatchFolders, inBatchFolders } from "./batch-folder.ts";
import { embedFiles } from "./embed-files.ts";
import type { BatchEmbedder } from "./embed-row.ts";
import { doneBy, type Failure, type FileRecord, type Maker } from "./journal.ts";
import { removeManifest, writeManifest } from "./manifest.ts";
import { beginOrResume } from "./results.ts";
import { workToKeep } from "./resume.ts";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

export interface BatchOptions extends BatchFolders {
  readonly embedder: BatchEmbedder;
  /** Another profile than the embedder's own, e.g. "mi2-service;jpegQuality=95". */
  readonly profile?: string | undefined;
  /** Stops the work; another run goes on with it. */
  readonly signal?: AbortSignal | undefined;
  /** Called once at the start, then each time that rows are safely written. */
  readonly onProgress?: ((progress: BatchProgress) => void) | undefined;
  /** Called for each row that fails in this run. */
  readonly onFailure?: ((failure: Failure & { readonly file: string }) => void) | undefined;
}

/** How far a batch has come, earlier runs included. */
export interface BatchProgress {
  readonly files: number;
  /** Failed ones included. How many there will be is not known before they are read. */
  readonly rows: number;
  readonly failed: number;
  /** Of the input files, and how many of them have been read. */
  readonly totalBytes: number;
  readonly bytes: number;
}

export interface BatchSummary {
  readonly files: number;
  /** Failed ones included. */
  readonly rows: number;
  /** Rows without vectors, and files without a header that can be used. */
  readonly failed: number;
  /** Rows that earlier runs had done. */
  readonly earlierRows: number;
}

/**
 * Embeds every row of a folder of CSV files into `predictions.csv`, `predictions.jsonl` and, when all is done,
 * `manifest.json`. Rows stand in the order of file names and rows, a row that cannot be embedded is recorded and passed by,
 * memory does not grow with the input, and the event loop is never held for long. The embedder stays open.
 *
 * A run that is stopped by whatever means, kill -9 and power cuts among them, is taken up by the next one with the same
 * arguments, and the outputs get the bytes of a run that was not stopped. Files that are done are read once more, to see
 * that they are the same, and not computed again; new ones that sort behind them are taken in.
 *
 * @throws MedembedError "cancelled" by the signal; "usage" for a folder that is in use, belongs to other settings, or whose
 * finished inputs have changed; "not-found" for inputs that cannot be read; "write-failed"; "engine-failed". After each of
 * them what is done stays done.
 */
export async function runBatch(options: BatchOptions): Promise<BatchSummary> {
  const { outFolder, embedder, signal, onProgress, onFailure } = options;
  const maker = makerOf(embedder, options.profile);
  return inBatchFolders(options, async (inputs) => {
    const state = await workToKeep(await beginOrResume(outFolder, maker), inputs, outFolder, signal);
    const earlier = doneBy(state);
    const bytesOf = (files: number) => inputs.slice(0, files).reduce((total, { bytes }) => total + bytes, 0);
    const totals = { files: inputs.length, totalBytes: bytesOf(inputs.length) };
    onProgress?.({ ...totals, ...countRows(earlier), bytes: bytesOf(state.finished.length) });

    await removeManifest(outFolder);
    const files = await embedFiles(inputs, state, {
      outFolder,
      embedder,
      profile: maker.profile,
      signal,
      onCommit: ({ records, failures, bytesRead }) => {
        for (const failure of failures) onFailure?.({ file: records[records.length - 1].file, ...failure });
        onProgress?.({ ...totals, ...countRows(records), bytes: bytesOf(records.length - 1) + bytesRead });
      },
    });
    await writeManifest(outFolder, maker, files);
    return { files: files.length, ...countRows(files), earlierRows: countRows(earlier).rows };
  });
}

/** What decides about the bytes of a batch beside its inputs. @throws MedembedError "unknown-profile", "usage" for a bad profile */
export function makerOf({ card, profile }: Pick<BatchEmbedder, "card" | "profile">, chosen = profile): Maker {
  const { name: model, weights, precision } = card;
  return { medembed: version, model, weights, profile: profileId(parseProfile(chosen)), precision };
}

/** Failed rows are rows, too; a file without a header that can be used has failed and has none. */
export function countRows(files: readonly FileRecord[]): { rows: number; failed: number } {
  const total = (key: "rows" | "failed") => files.reduce((sum, file) => sum + file[key], 0);
  return { rows: total("rows"), failed: total("failed") };
}

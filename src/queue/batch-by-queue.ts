import { hash } from "node:crypto";
import { rm } from "node:fs/promises";
import { resolve } from "node:path";
import { type BatchFolders, inBatchFolders } from "../batch/batch-folder.ts";
import { type InputFile, identityOf } from "../batch/input-files.ts";
import { doneBy, type Failure, type FileRecord } from "../batch/journal.ts";
import { removeManifest, writeManifest } from "../batch/manifest.ts";
import { beginOrResume } from "../batch/results.ts";
import { workToKeep } from "../batch/resume.ts";
import { RowWriter } from "../batch/row-writer.ts";
import { type BatchSummary, countRows } from "../batch/run-batch.ts";
import { makeFolder } from "../convert/build-bundle.ts";
import { MedembedError } from "../errors.ts";
import { gatherParts } from "./gather-parts.ts";
import { partsFolder } from "./part-path.ts";
import { type CutBatch, cutBatch } from "./row-shards.ts";
import { type EndedRun, type QueueOptions, runByQueue } from "./run-by-queue.ts";
import { type BatchSpec, runId } from "./run-spec.ts";
import { LATE, Runs } from "./runs.ts";
import type { ShardSize } from "./shard.ts";

/** A worker that has lost its shard may still be writing the same. */
const REMOVAL = { recursive: true, force: true, maxRetries: 5 };

export interface BatchByQueueOptions extends QueueOptions, BatchFolders {
  /** What it is embedded with. */
  readonly engine: Pick<BatchSpec, "maker" | "model" | "precision" | "profile">;
  /** Of the model: the outputs name it. */
  readonly scalingFactor: number;
  readonly size: ShardSize;
  /** Called for each row that has failed, once the outputs are put together. */
  readonly onFailure?: ((failure: Failure & { readonly file: string }) => void) | undefined;
}

export interface QueuedBatch extends BatchSummary {
  readonly run: string;
  /** Rows that were not begun by the deadline; where there are any the outputs are not there yet. */
  readonly left: number;
}

/**
 * Has workers embed a folder of CSV files, and puts what they have written together: the outputs are those of `runBatch`, byte for byte
 * where the machines are alike. Both may take up what the other has begun.
 * @returns undefined when it was left before its end; the workers go on
 * @throws MedembedError as `runBatch` and `runByQueue`; "usage" for files that were changed meanwhile
 */
export async function batchByQueue(options: BatchByQueueOptions): Promise<QueuedBatch | undefined> {
  const { redis, engine, size, signal, note } = options;
  const [inputFolder, outFolder] = [resolve(options.inputFolder), resolve(options.outFolder)];
  return inBatchFolders({ inputFolder, outFolder }, async (files) => {
    const identities = await identitiesOf(files);
    const inputs = hash("sha256", JSON.stringify(identities));
    const spec: BatchSpec = { kind: "batch", inputFolder, outFolder, inputs, size, ...engine };
    const run = runId(spec);
    const readState = async () => workToKeep(await beginOrResume(outFolder, spec.maker), files, outFolder, signal);
    let state = await readState();
    const told = { run, files: files.length, earlierRows: countRows(doneBy(state)).rows };
    const runs = new Runs(redis);
    await endOthers(runs, run, spec, note);
    if (state.finished.length === files.length) await runs.end(run); // one process has done what was left of it
    await makeFolder(partsFolder(spec));
    let cut!: CutBatch;
    let isComplete = false;
    const result = await runByQueue<QueuedBatch>({
      ...options,
      spec,
      shards: () => {
        cut = { state, files: [] };
        return cutBatch(cut, files, size);
      },
      conclude: async (ended) => {
        const { queue, end } = ended;
        await requireUnchanged(files, identities).catch(async (error) => {
          await queue.removeGivenUp(run);
          await runs.end(run); // the files as they are now are another run
          throw error;
        });
        const fault = end === "given up" ? await faultOf(ended) : undefined;
        if (fault) throw fault;
        if (end !== "settled") {
          return { result: { ...told, ...(await countDone(ended, cut)) }, faulty: [], isUnfinished: true };
        }
        const { faulty, records } = await putTogether(ended, { cut, spec, options });
        isComplete = faulty.length === 0;
        if (!isComplete) state = await readState(); // those before the first of them are in the outputs
        return { result: { ...told, ...countRows(records), left: 0 }, faulty, isUnfinished: false };
      },
    });
    if (isComplete) await rm(partsFolder(spec), REMOVAL);
    return result;
  });
}

/** Runs of the same folder, whose inputs were others: what their workers write nobody would put together. */
async function endOthers(runs: Runs, own: string, { outFolder }: BatchSpec, note: (message: string) => void) {
  for (const run of await runs.all()) {
    const spec = await runs.spec(run);
    if (run === own || spec?.kind !== "batch" || spec.outFolder !== outFolder) continue;
    await runs.end(run);
    note(`run ${run} is ended: its inputs were others; what it has embedded of these is kept`);
  }
}

async function identitiesOf(files: readonly InputFile[]): Promise<[file: string, identity: string][]> {
  const identities: [file: string, identity: string][] = [];
  for (const file of files) identities.push([file.file, await identityOf(file)]);
  return identities;
}

/** @throws MedembedError "usage" for a file that was written to, "not-found" for one that is gone */
async function requireUnchanged(
  files: readonly InputFile[],
  identities: readonly (readonly [file: string, identity: string])[],
): Promise<void> {
  for (const [i, file] of files.entries()) {
    if ((await identityOf(file)) === identities[i][1]) continue;
    throw new MedembedError("usage", `${file.path} was changed while it was worked on; run again when it is complete`);
  }
}

/** Why the first of the shards was given up that nobody could do; undefined where all of them came too late. */
async function faultOf({ run, runs, queue }: EndedRun): Promise<MedembedError | undefined> {
  for (const shard of await runs.openShards(run)) {
    const { code, reason } = (await queue.find(run, shard))?.fault ?? LATE;
    if (code === LATE.code) continue;
    return new MedembedError(code, `a shard was given up: ${reason}`);
  }
  return undefined;
}

/** How far a run has come that is to be gone on with. A file without a usable header is left, too, and has no row. */
async function countDone({ run, runs, queue }: EndedRun, { state, files }: CutBatch) {
  let left = 0;
  let leftRows = 0;
  const look = async (shard: string): Promise<void> => {
    const outcome = await runs.outcome(run, shard);
    if (outcome) {
      for (const part of "split" in outcome ? outcome.split : []) await look(part);
      return;
    }
    for (const input of (await queue.find(run, shard))?.inputs ?? []) {
      left++;
      if (input.kind === "row" && input.row !== undefined) leftRows++;
    }
  };
  for await (const shard of runs.shards(run)) await look(shard);
  const before = countRows(doneBy(state));
  const cut = files.reduce((sum, { rows, skip }) => sum + rows - skip, 0);
  const { failed } = (await runs.state(run))!;
  return { rows: before.rows + cut - leftRows, failed: before.failed + failed, left };
}

/** Writes the outputs behind what they hold, and the manifest if all of it is there. */
async function putTogether(
  { run, runs }: EndedRun,
  { cut, spec, options }: { readonly cut: CutBatch; readonly spec: BatchSpec; readonly options: BatchByQueueOptions },
): Promise<{ readonly faulty: readonly string[]; readonly records: readonly FileRecord[] }> {
  const { outFolder, maker } = spec;
  await removeManifest(outFolder);
  const writer = await RowWriter.open(outFolder, cut.state, options.scalingFactor);
  let faulty: readonly string[];
  try {
    faulty = await gatherParts({ runs, run, spec, cut, writer }, options);
  } finally {
    await writer.close();
  }
  if (faulty.length === 0) await writeManifest(outFolder, maker, writer.records);
  return { faulty, records: writer.records };
}

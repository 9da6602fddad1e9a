import type { EmbeddedRow } from "../batch/embed-row.ts";
import type { Failure } from "../batch/journal.ts";
import { readPart } from "../batch/part.ts";
import { checkSignal } from "../batch/resume.ts";
import type { RowWriter } from "../batch/row-writer.ts";
import { partPath } from "./part-path.ts";
import { type CutBatch, rowPath, type ShardedFile } from "./row-shards.ts";
import type { BatchSpec } from "./run-spec.ts";
import type { Runs } from "./runs.ts";

interface SettledBatch {
  readonly runs: Runs;
  readonly run: string;
  readonly spec: BatchSpec;
  readonly cut: CutBatch;
  readonly writer: RowWriter;
}

interface GatherOptions {
  readonly signal: AbortSignal;
  readonly onFailure?: ((failure: Failure & { readonly file: string }) => void) | undefined;
}

/**
 * Writes the rows of all shards in their order, each once: those that have a part as it says, those on which the engine has failed
 * as failed. It stops writing before the first shard that is not there.
 * @returns the shards that have no whole part or no outcome
 * @throws MedembedError "write-failed"; "cancelled", then what is written is safe
 */
export async function gatherParts(
  batch: SettledBatch,
  { signal, onFailure }: GatherOptions,
): Promise<readonly string[]> {
  const { runs, run, cut, writer } = batch;
  const faulty: string[] = [];
  const shards = runs.shards(run);
  for (const file of cut.files) {
    const { file: name, sha256 } = file;
    let next = file.skip;
    for (let i = 0; i < file.shards; i++) {
      checkSignal(signal);
      const { value: shard, done } = await shards.next();
      if (done) throw new Error("a run has fewer shards than were planned");
      const rows = await rowsOf(batch, name, shard);
      if (!rows) faulty.push(shard);
      if (!rows || faulty.length > 0) continue;
      next = requireNext(rows, next);
      const isEnd = i === file.shards - 1;
      if (isEnd) requireAll(file, next);
      for (const failure of await writer.write(rows, { file: name, sha256, isEnd }))
        onFailure?.({ file: name, ...failure });
    }
    if (file.shards > 0 || faulty.length > 0) continue;
    requireAll(file, next);
    await writer.write([], { file: name, sha256, isEnd: true });
  }
  return faulty;
}

/** @returns undefined for a shard without an outcome, or whose part is gone */
async function rowsOf(batch: SettledBatch, file: string, shard: string): Promise<readonly EmbeddedRow[] | undefined> {
  const outcome = await batch.runs.outcome(batch.run, shard);
  if (!outcome) return undefined;
  if ("split" in outcome) {
    const parts: (readonly EmbeddedRow[] | undefined)[] = [];
    for (const part of outcome.split) parts.push(await rowsOf(batch, file, part));
    return parts.includes(undefined) ? undefined : parts.flatMap((part) => part!);
  }
  const rows = await readPart(partPath(batch.spec, shard));
  if (rows) return rows;
  const [[path, is, code, message], ...others] = outcome.inputs;
  if (is !== "failed" || others.length > 0) return undefined;
  return [{ row: rowOf(path, file), fault: { code, message } }]; // what fails the engine has no part
}

function rowOf(path: string, file: string): number | undefined {
  return path === rowPath(file, undefined) ? undefined : Number(path.slice(rowPath(file, undefined).length + 1));
}

/** @returns the number of the row that must come next */
function requireNext(rows: readonly EmbeddedRow[], next: number): number {
  for (const { row, fault } of rows) {
    if (row === undefined && fault) continue; // the header is none
    if (row !== next) throw new Error(`row ${row} of a file stands in the place of row ${next}`);
    next++;
  }
  return next;
}

function requireAll({ rows }: ShardedFile, next: number): void {
  if (next !== rows) throw new Error(`a file has ${rows} rows, ${next} were written`);
}

import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type BatchEmbedder, type EmbeddedRow, embedRow } from "../batch/embed-row.ts";
import type { Maker } from "../batch/journal.ts";
import { readPart, writePart } from "../batch/part.ts";
import type { InputRow } from "../batch/read-rows.ts";
import { Reading } from "../batch/reading.ts";
import { makerOf } from "../batch/run-batch.ts";
import { MedembedError } from "../errors.ts";
import { inParallel, oneByOne } from "../in-parallel.ts";
import { OpenedOnce } from "./opened-once.ts";
import { partPath } from "./part-path.ts";
import type { BatchSpec } from "./run-spec.ts";
import { Misfit, misfit, Outdated, type RunWork, type ShardResult, type ShardTask } from "./run-work.ts";
import { failedOutcome, type InputOutcome } from "./runs.ts";
import type { RowInput, ShardInput } from "./shard.ts";

/** Of each shard: enough for the engine to find the next batch ready. */
const ROWS_IN_WORK = 32;
/** Models that are kept open for the next shard. */
const KEPT_OPEN = 1;

/** What says that a folder is not on a machine; all else may be better next time. */
const NOT_HERE: ReadonlySet<string | undefined> = new Set(["ENOENT", "ENOTDIR", "EACCES"]);

/** What a worker embeds the rows of a batch with. */
export interface BatchEngine {
  readonly embedder: BatchEmbedder;
  close(): Promise<void>;
}

/** Writes the rows of each shard into a part of its own, from which the command that planned the run puts the outputs together. */
export class BatchWork implements RunWork<BatchSpec> {
  readonly #openEngine: (spec: BatchSpec) => Promise<BatchEngine>;
  readonly #engines = new OpenedOnce<BatchEngine>(KEPT_OPEN);
  readonly #reading = new Reading();

  /** @param openEngine the same for runs whose settings are the same */
  constructor(openEngine: (spec: BatchSpec) => Promise<BatchEngine>) {
    this.#openEngine = openEngine;
  }

  async process(task: ShardTask<BatchSpec>): Promise<ShardResult> {
    const { spec, shard, signal } = task;
    await requireFolders(spec);
    const path = partPath(spec, shard);
    const inputs = rowsAmong(task.inputs);
    const earlier = await readPart(path); // of another delivery, or of a run that was asked for before
    if (earlier) return { done: outcomesOf(inputs, earlier, shard), commitMs: 0 };
    const begunPath = `${path}.begun`; // a name of its own: a part is whole, whoever comes late
    const begun = (await readPart(begunPath)) ?? [];
    const rows = [...begun, ...(await this.#embed(spec, inputs.slice(begun.length), signal))];
    const isWhole = rows.length === inputs.length;
    const started = performance.now();
    if (isWhole) await writePart(path, rows);
    else if (rows.length > begun.length) await writePart(begunPath, rows);
    if (isWhole && begun.length > 0) await rm(begunPath, { force: true });
    return { done: isWhole ? outcomesOf(inputs, rows, shard) : [], commitMs: performance.now() - started };
  }

  async close(): Promise<void> {
    await Promise.all([this.#engines.close(), this.#reading.close()]);
  }

  /** @returns the first of them when the worker stops before it has embedded all */
  #embed(spec: BatchSpec, inputs: readonly RowInput[], stop: AbortSignal): Promise<EmbeddedRow[]> {
    const { model, precision, profile } = spec;
    const open = () => this.#openEngine(spec).catch(misfit);
    return this.#engines.lend(JSON.stringify([model, precision, profile]), open, async ({ embedder }) => {
      requireMaker(spec.maker, makerOf(embedder, profile));
      const read = oneByOne(await this.#read(spec, inputs));
      const rows: EmbeddedRow[] = [];
      const embed = (row: InputRow, signal: AbortSignal) => embedRow(row, { embedder, profile, signal });
      try {
        for await (const row of inParallel(read, { width: ROWS_IN_WORK, signal: stop }, embed)) rows.push(row);
      } catch (error) {
        if (!stop.aborted) throw error;
      }
      return rows;
    });
  }

  /** A shard has one range, or the fault that ends a file. @throws Outdated, MedembedError "not-found", "engine-failed" */
  async #read({ inputFolder }: BatchSpec, inputs: readonly RowInput[]): Promise<InputRow[]> {
    const [first] = inputs;
    if ("fault" in first) return [first];
    const { range } = first;
    const found = await this.#reading.readRange(join(inputFolder, range.file), range).catch(withoutPath);
    if (!found) throw new Outdated(new MedembedError("usage", "its rows were changed since the run was planned"));
    return inputs.map(({ row }) => found[row! - range.first]);
  }
}

/** What workers tell of a shard names no file. */
function withoutPath(error: unknown): never {
  if (!(error instanceof MedembedError) || error.code !== "not-found") throw error;
  const { code } = error.cause as NodeJS.ErrnoException;
  throw new MedembedError("not-found", `its file cannot be read${code === undefined ? "" : `: ${code}`}`);
}

/** @throws Misfit where a folder of the run is not on this machine, MedembedError "not-found" where its drive does not answer */
async function requireFolders({ inputFolder, outFolder }: BatchSpec): Promise<void> {
  for (const folder of [inputFolder, outFolder]) {
    await stat(folder).catch((cause: NodeJS.ErrnoException) => {
      const reason = `${folder} cannot be read: ${cause.code}`;
      if (!NOT_HERE.has(cause.code)) throw new MedembedError("not-found", reason, { cause });
      const needed = "a run needs its folders at the same path on every machine";
      throw new Misfit(new MedembedError("not-found", `${reason}; ${needed}`, { cause }));
    });
  }
}

/** @throws Misfit */
function requireMaker(wanted: Maker, own: Maker): void {
  for (const [key, value] of Object.entries(wanted)) {
    const found = own[key as keyof Maker];
    if (found === value) continue;
    throw new Misfit(new MedembedError("wrong-space", `the run needs ${key} ${value}, this worker has ${found}`));
  }
}

function rowsAmong(inputs: readonly ShardInput[]): RowInput[] {
  return inputs.map((input) => {
    if (input.kind === "row") return input;
    throw new MedembedError("queue-failed", "a run of a batch has an input that is no row");
  });
}

function outcomesOf(inputs: readonly RowInput[], rows: readonly EmbeddedRow[], shard: string): InputOutcome[] {
  return rows.map(({ fault }, i): InputOutcome => {
    return fault ? failedOutcome(inputs[i], fault.code, fault.message) : [inputs[i].path, "stored", shard];
  });
}

import { type ErrorCode, MedembedError } from "../errors.ts";
import type { Identify } from "../facts.ts";
import { type AddedSource, addShard } from "../library/add-shard.ts";
import type { AddingEmbedder } from "../library/adding-embedder.ts";
import { ByteBudget } from "../library/byte-budget.ts";
import type { AddSource } from "../library/find-out.ts";
import { Library } from "../library/library.ts";
import { requireIdentities, requireSpace, spaceOf } from "../library/vector-space.ts";
import type { Redis } from "../redis/redis.ts";
import { OpenedOnce } from "./opened-once.ts";
import type { LibrarySpec } from "./run-spec.ts";
import { Misfit, misfit, type RunWork, type ShardResult, type ShardTask, UNSETTLED } from "./run-work.ts";
import { failedOutcome, type InputOutcome, type RecordDetails, Runs } from "./runs.ts";
import type { RemoteInput, ShardInput } from "./shard.ts";
import { sourceOf } from "./source-of.ts";
import { WriteTurns } from "./write-turns.ts";

/** What files in work may take of the memory. */
const BYTES_IN_WORK = 256 * 2 ** 20;
/** Models and libraries that are kept open for the next shard. */
const KEPT_OPEN = 1;
/** Commits to a library after which it is put in order. */
const COMMITS_A_TIDYING = 16;
/** A server refuses the worker, whatever it asks for. */
const REFUSED: ErrorCode = "unauthorised";

/** What a worker embeds with for a library. */
export interface LibraryEngine {
  readonly adding: AddingEmbedder;
  readonly identify: Identify;
  /** For a run with a DICOMweb server. */
  readonly remote?: (input: RemoteInput) => AddSource;
  /** Behind what was asked for. */
  close(): Promise<void>;
}

export interface LibraryWorkOptions {
  readonly redis: Redis;
  /** The same for runs whose settings are the same. @param signal drops what is not begun */
  readonly openEngine: (spec: LibrarySpec, signal: AbortSignal) => Promise<LibraryEngine>;
}

/** Stores the vectors of each shard in a library, in one commit. */
export class LibraryWork implements RunWork<LibrarySpec> {
  readonly #runs: Runs;
  readonly #turns: WriteTurns;
  readonly #openEngine: LibraryWorkOptions["openEngine"];
  readonly #budget = new ByteBudget(BYTES_IN_WORK);
  readonly #engines = new OpenedOnce<LibraryEngine>(KEPT_OPEN);
  readonly #libraries = new OpenedOnce<Library>(KEPT_OPEN);

  constructor({ redis, openEngine }: LibraryWorkOptions) {
    this.#runs = new Runs(redis);
    this.#turns = new WriteTurns(redis);
    this.#openEngine = openEngine;
  }

  async process(task: ShardTask<LibrarySpec>): Promise<ShardResult> {
    const { sources, commitMs, version } = await this.#add(task);
    const { done, doubtful } = sortOut(task.inputs, await this.#creditRun(task.run, sources));
    const { library } = task.spec;
    const isUntidy = (await this.#runs.countCommit(library)) % COMMITS_A_TIDYING === 0;
    return { done, doubtful, commitMs, version, untidy: isUntidy ? library : undefined };
  }

  tidy(spec: LibrarySpec): Promise<void> {
    return this.#withLibrary(spec, (library) => library.tidy());
  }

  async close(): Promise<void> {
    await Promise.all([this.#engines.close(), this.#libraries.close()]);
  }

  #add({ run, spec, inputs, signal }: ShardTask<LibrarySpec>) {
    const { model, precision, profile, volumes, dicomweb } = spec;
    const key = JSON.stringify([model, precision, profile, volumes, dicomweb]);
    const open = () => this.#openEngine(spec, signal).catch(misfit);
    return this.#engines.lend(key, open, ({ adding, identify, remote }) => {
      requireFit(spec, adding, identify);
      return this.#withLibrary(spec, (library) => {
        const commit = async <Result>(ids: readonly string[], write: () => Promise<Result>) => {
          await this.#runs.announce(run, ids);
          return this.#turns.take(spec.library, write);
        };
        const { labels } = spec;
        const sources = inputs.map((input) => sourceOf(input, remote));
        return addShard(sources, {
          library,
          embedder: adding,
          budget: this.#budget,
          identify,
          labels,
          commit,
          signal,
        });
      });
    });
  }

  /** What an earlier delivery of the run has stored, and could not settle, the run has stored. */
  async #creditRun(run: string, sources: readonly (AddedSource | undefined)[]) {
    const outcomes = sources.flatMap((source) => source?.outcome ?? []);
    const now = new Set(outcomes.flatMap((told) => (told.outcome === "stored" ? [told.id] : [])));
    const known = outcomes.flatMap((told) => (told.outcome === "known" && !now.has(told.id!) ? [told.id!] : []));
    const announced = await this.#runs.announced(run, known);
    return sources.map((source): AddedSource | undefined => {
      if (source?.outcome.outcome !== "known" || !announced.has(source.outcome.id!)) return source;
      const { path, id } = source.outcome;
      return { ...source, outcome: { path, outcome: "stored", id: id! } };
    });
  }

  #withLibrary<Result>(spec: LibrarySpec, work: (library: Library) => Promise<Result>): Promise<Result> {
    const open = () => Library.openOrCreate({ uri: spec.library }, spec.head);
    return this.#libraries.lend(spec.library, open, work);
  }
}

function requireFit({ head }: LibrarySpec, adding: AddingEmbedder, identify: Identify): void {
  try {
    requireSpace(head, spaceOf(adding));
    requireIdentities(head, identify);
  } catch (error) {
    misfit(error);
  }
}

/**
 * @returns what is settled, in order, and what may be better next time: an input that is not settled, or files of a series that is
 * @throws Misfit
 */
function sortOut(inputs: readonly ShardInput[], sources: readonly (AddedSource | undefined)[]) {
  const done: InputOutcome[] = [];
  let doubtful: MedembedError | undefined;
  for (const [i, source] of sources.entries()) {
    if (!source) continue;
    const { outcome: told, failures } = source;
    const faults = told.outcome === "failed" ? [told] : failures;
    for (const { code, reason } of faults) {
      if (code === REFUSED) throw new Misfit(new MedembedError(code, reason));
      if (UNSETTLED.has(code)) doubtful ??= new MedembedError(code, reason);
    }
    if (told.outcome !== "failed") done.push([inputs[i].path, told.outcome, told.id!, ...detailsOf(inputs[i], source)]);
    else if (!UNSETTLED.has(told.code)) done.push(failedOutcome(inputs[i], told.code, told.reason));
  }
  return { done, doubtful };
}

/** None for most. */
function detailsOf(input: ShardInput, { outcome, failures }: AddedSource): [] | [RecordDetails] {
  const slices = outcome.outcome === "stored" ? outcome.slices : undefined;
  const findings = outcome.outcome === "failed" ? [] : (outcome.findings ?? []);
  const unread = failures.map(({ path, code, reason }) => ({ path, code, reason }));
  const details = {
    ...(input.kind === "remote" && { name: input.name }),
    ...(slices !== undefined && { slices }),
    ...(findings.length > 0 && { findings }),
    ...(unread.length > 0 && { unread }),
  };
  return Object.keys(details).length > 0 ? [details] : [];
}

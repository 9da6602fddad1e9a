import type { Identify } from "../facts.ts";
import { inParallel, oneByOne } from "../in-parallel.ts";
import type { AddingEmbedder } from "./adding-embedder.ts";
import type { ByteBudget } from "./byte-budget.ts";
import { ContentsInWork } from "./contents-in-work.ts";
import { type AddOutcome, type AddSource, type Discovery, findOut } from "./find-out.ts";
import type { Library } from "./library.ts";
import type { Labels } from "./record.ts";

/** Sources in work at a time: enough for the engine to find the next batch ready while others are on their way here. */
const SOURCES_IN_WORK = 32;

export interface ShardAdding {
  readonly library: Library;
  readonly embedder: AddingEmbedder;
  /** Shared by all shards in work: what they may take of the memory. */
  readonly budget: ByteBudget;
  readonly identify: Identify;
  readonly labels: Labels;
  /** Told before the commit, of the records in it. */
  readonly beforeCommit: (ids: readonly string[]) => Promise<void>;
  /** No source is begun once it is aborted, and of those in work what says that it was cancelled counts as not begun. */
  readonly signal: AbortSignal;
}

export interface AddedShard {
  /** One a source, in their order; undefined for those that were not begun. */
  readonly outcomes: readonly (AddOutcome | undefined)[];
  readonly commitMs: number;
  /** Of the library, with the commit; undefined where there was nothing to commit. */
  readonly version: number | undefined;
}

/**
 * Adds pictures and volumes in one commit, beside others who fill the same library. To add them twice, also at the same time, changes
 * nothing: a content has one record. Nothing is put in order afterwards.
 * @throws MedembedError "write-failed", "corrupt-library"; then the outcomes are unknown
 */
export async function addShard(sources: readonly AddSource[], adding: ShardAdding): Promise<AddedShard> {
  const { library, signal, beforeCommit } = adding;
  const known = new ContentsInWork(library, sources.length);
  const find = async (source: AddSource): Promise<Discovery | undefined> => {
    if (signal.aborted) return undefined;
    const found = await findOut(source, { ...adding, known });
    const isCancelled = found.outcome.outcome === "failed" && found.outcome.code === "cancelled";
    return isCancelled ? undefined : found;
  };
  const discoveries: (Discovery | undefined)[] = [];
  for await (const found of inParallel(oneByOne(sources), { width: SOURCES_IN_WORK }, find)) discoveries.push(found);
  const records = discoveries.flatMap((found) => found?.record ?? []);
  await beforeCommit(records.map(({ id }) => id));
  const started = performance.now();
  const { version } = await library.insert(records);
  const taken = new Set<string>();
  const outcomes = discoveries.map((found): AddOutcome | undefined => {
    const { outcome, record } = found ?? {};
    if (!record || !outcome) return outcome;
    if (taken.has(record.id)) return { path: outcome.path, outcome: "known", id: record.id };
    taken.add(record.id);
    return outcome;
  });
  return { outcomes, commitMs: performance.now() - started, version };
}

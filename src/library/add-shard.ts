import type { Identify } from "../facts.ts";
import { inParallel } from "../in-parallel.ts";
import type { AddingEmbedder } from "./adding-embedder.ts";
import type { ByteBudget } from "./byte-budget.ts";
import { type AddOutcome, type AddSource, type Discovery, findOut } from "./find-out.ts";
import type { Library } from "./library.ts";
import type { LibraryContents } from "./library-contents.ts";
import type { Labels } from "./record.ts";

/** Sources in work at a time: enough for the engine to find the next batch ready while others are on their way here. */
const SOURCES_IN_WORK = 32;

export interface ShardAdding {
  readonly library: Library;
  readonly contents: LibraryContents;
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
}

/**
 * Adds pictures and volumes in one commit, beside others who fill the same library. To add them twice, also at the same time, changes
 * nothing: a content has one record. Nothing is put in order afterwards.
 * @throws MedembedError "write-failed", "corrupt-library"; then the outcomes are unknown
 */
export async function addShard(sources: readonly AddSource[], adding: ShardAdding): Promise<AddedShard> {
  const { library, contents, signal, beforeCommit } = adding;
  const known = new ContentsInWork(contents);
  const find = async (source: AddSource): Promise<Discovery | undefined> => {
    if (signal.aborted) return undefined;
    const found = await findOut(source, { ...adding, known });
    const isCancelled = found.outcome.outcome === "failed" && found.outcome.code === "cancelled";
    return isCancelled ? undefined : found;
  };
  const discoveries: (Discovery | undefined)[] = [];
  for await (const found of inParallel(each(sources), { width: SOURCES_IN_WORK }, find)) discoveries.push(found);
  const records = discoveries.flatMap((found) => found?.record ?? []);
  await beforeCommit(records.map(({ id }) => id));
  const started = performance.now();
  await library.insert(records);
  const taken = new Set<string>();
  const outcomes = discoveries.map((found): AddOutcome | undefined => {
    const { outcome, record } = found ?? {};
    if (!record || !outcome) return outcome;
    if (taken.has(record.id)) return { path: outcome.path, outcome: "known", id: record.id };
    taken.add(record.id);
    return outcome;
  });
  return { outcomes, commitMs: performance.now() - started };
}

/** A content of several sources is embedded once. */
class ContentsInWork {
  readonly #contents: LibraryContents;
  readonly #inWork = new Map<string, Promise<unknown>>();

  constructor(contents: LibraryContents) {
    this.#contents = contents;
  }

  /** Where a file was is no proof that the library has its content still. */
  hasPlace(): boolean {
    return false;
  }

  slicesOf(): number {
    return 0;
  }

  embedOnce<Embedded>(id: string, embed: () => Promise<Embedded>): Promise<Embedded | undefined> {
    const other = this.#inWork.get(id) as Promise<Embedded | undefined> | undefined;
    const embedding = other ?? this.#contents.has(id).then((isThere) => (isThere ? undefined : embed()));
    this.#inWork.set(id, embedding);
    return embedding;
  }
}

async function* each<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  yield* items;
}

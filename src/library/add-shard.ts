import type { Identify } from "../facts.ts";
import { inParallel, oneByOne } from "../in-parallel.ts";
import type { AddingEmbedder } from "./adding-embedder.ts";
import type { ByteBudget } from "./byte-budget.ts";
import { ContentsInWork } from "./contents-in-work.ts";
import { type AddOutcome, type AddSource, type Discovery, type FileFailure, findOut } from "./find-out.ts";
import type { Library } from "./library.ts";
import type { Labels, StoredVector } from "./record.ts";
import { fewerSlices, type Replacement, replaceSeries, seriesOf } from "./series-records.ts";

/** Sources in work at a time: enough for the engine to find the next batch ready while others are on their way here. */
const SOURCES_IN_WORK = 32;

export interface ShardAdding {
  readonly library: Library;
  readonly embedder: AddingEmbedder;
  /** Shared by all shards in work: what they may take of the memory. */
  readonly budget: ByteBudget;
  readonly identify: Identify;
  readonly labels: Labels;
  /** Writes when it is time to, once. @param ids of the records in the commit */
  readonly commit: <Result>(ids: readonly string[], write: () => Promise<Result>) => Promise<Result>;
  /** No source is begun once it is aborted, and of those in work what says that it was cancelled counts as not begun. */
  readonly signal: AbortSignal;
}

/** What has become of a source. */
export interface AddedSource {
  readonly outcome: AddOutcome;
  /** Files of a series that its record is not of. */
  readonly failures: readonly FileFailure[];
}

export interface AddedShard {
  /** One a source, in their order; undefined for those that were not begun. */
  readonly sources: readonly (AddedSource | undefined)[];
  /** With the time until it was one's turn. */
  readonly commitMs: number;
  /** Of the library, with the commit; undefined where there was nothing to commit. */
  readonly version: number | undefined;
}

/**
 * Adds pictures, volumes and series in one commit, beside others who fill the same library. To add them twice, also at the same time,
 * changes nothing: a content has one record, and so has a series, which is that of most slices. Nothing is put in order afterwards.
 * @throws MedembedError "write-failed", "corrupt-library"; then the outcomes are unknown
 */
export async function addShard(sources: readonly AddSource[], adding: ShardAdding): Promise<AddedShard> {
  const { library, signal, commit } = adding;
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
  const ids = records.map(({ id }) => id);
  const started = performance.now();
  const { version, replacement } = await commit(ids, async () => {
    const replacement = await replaceSeries(library, records);
    return { replacement, ...(await library.insert(replacement.taken, replacement.replaced)) };
  });
  const taken = new Set<string>();
  const added = discoveries.map((found): AddedSource | undefined => {
    if (!found) return undefined;
    const { record, outcome, failures = [] } = found;
    return { failures, outcome: record ? outcomeOf(outcome, record, taken, replacement) : outcome };
  });
  return { sources: added, commitMs: performance.now() - started, version };
}

/** @param taken ids of the records before this one */
function outcomeOf(
  outcome: AddOutcome,
  record: StoredVector,
  taken: Set<string>,
  { kept }: Pick<Replacement, "kept">,
): AddOutcome {
  const { path } = outcome;
  const { id, slices = 0 } = record;
  const other = kept.get(seriesOf(record) ?? "");
  if (other && other.id !== id) {
    const findings = other.slices > slices ? { findings: [fewerSlices(other.slices, slices)] } : {};
    return { path, outcome: "known", id: other.id, ...findings };
  }
  if (taken.has(id)) return { path, outcome: "known", id };
  taken.add(id);
  return outcome;
}

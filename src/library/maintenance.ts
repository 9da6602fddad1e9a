import { Index, type Table } from "./lancedb.ts";

/** From so many records on the index finds faster than a look at all vectors: measured, `npm run bench:library`. */
export const INDEX_FROM_RECORDS = 20_000;
/** Each write leaves a file of its own, and each file costs every reader about a millisecond. */
const MAX_FRAGMENTS = 16;
/** Putting files together writes all of them anew: the larger the library, the less often it is worth that. */
const RECORDS_A_FRAGMENT_MORE = 10_000;
/** Who reads or writes looks at a version that was the latest when he began; he is done with it by then. */
const VERSION_KEPT_MS = 3_600_000;

/** What the index is called; LanceDB would call it the same. */
const INDEX_NAME = "vector_idx";
/** Of the ids: without it every insert reads all of them, which in a library of a million takes ten times as long as the rest of it. */
const ID_INDEX_NAME = "id_idx";

export interface LibraryStats {
  readonly records: number;
  /** On the disk, without older versions. */
  readonly bytes: number;
  /** In which the records lie: few are read faster than many. */
  readonly files: number;
  /** Records in the index; undefined where there is none. */
  readonly indexed: number | undefined;
}

export async function readStats(table: Table): Promise<LibraryStats> {
  const { numRows, totalBytes, fragmentStats } = await table.stats();
  const index = (await hasIndex(table)) ? await table.indexStats(INDEX_NAME) : undefined;
  return { records: numRows, bytes: totalBytes, files: fragmentStats.numFragments, indexed: index?.numIndexedRows };
}

/** Puts small files together and indexes what has grown large, where there is a need for it: cheap enough after every adding. */
export async function tidy(table: Table): Promise<void> {
  const { numRows, fragmentStats } = await table.stats();
  const isScattered = fragmentStats.numFragments > MAX_FRAGMENTS + numRows / RECORDS_A_FRAGMENT_MORE;
  if (isScattered) await table.optimize({ cleanupOlderThan: new Date(Date.now() - VERSION_KEPT_MS) });
  if (!(await isLarge(table))) return;
  if (!(await hasIndex(table))) await buildIndex(table);
  if (!(await hasIndex(table, ID_INDEX_NAME))) await buildIdIndex(table);
}

/**
 * Few files and a new index.
 * @param isAlone whether nobody else is at work on the library: then no older version is kept, and what was removed is gone from
 * the disk. A writer whose version is cleared away would not notice what others write.
 */
export async function compact(table: Table, isAlone: boolean): Promise<void> {
  if (await isLarge(table)) {
    await buildIndex(table);
    await buildIdIndex(table);
  } else {
    for (const name of [INDEX_NAME, ID_INDEX_NAME]) if (await hasIndex(table, name)) await table.dropIndex(name);
  }
  await table.optimize({ cleanupOlderThan: new Date(Date.now() - (isAlone ? 0 : VERSION_KEPT_MS)) });
}

/** @param wanted default: that of the vectors */
export async function hasIndex(table: Table, wanted: string = INDEX_NAME): Promise<boolean> {
  return (await table.listIndices()).some(({ name }) => name === wanted);
}

async function isLarge(table: Table): Promise<boolean> {
  return (await table.countRows()) >= INDEX_FROM_RECORDS;
}

/** Inverted lists of vectors in one bit a value: built in seconds, and with rescoring as good as a graph that takes minutes. */
async function buildIndex(table: Table): Promise<void> {
  const config = Index.ivfRq({ distanceType: "dot" });
  await table.createIndex("vector", { config, replace: true, name: INDEX_NAME });
}

async function buildIdIndex(table: Table): Promise<void> {
  await table.createIndex("id", { config: Index.btree(), replace: true, name: ID_INDEX_NAME });
}

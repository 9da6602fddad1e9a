import type { Table as ArrowTable } from "apache-arrow";
import { cosine } from "../cosine.ts";
import { decodeVectors } from "./arrow-rows.ts";
import { toSql } from "./filter.ts";
import { byScore, type Candidate } from "./held-vectors.ts";
import type { Table } from "./lancedb.ts";
import type { StoredVector } from "./record.ts";
import { rowNumbers, type Snapshot } from "./snapshot.ts";

/** Of the index, those nearest to the query; with fewer the last hundredth of recall is lost. */
const PROBED_LISTS = 20;
/** Candidates for each match wanted whose vectors are read, since the index itself compares coarsely. */
const RESCORED_A_MATCH = 10;

/** A record with its likeness to the query: the cosine of their vectors. */
export interface Match {
  readonly score: number;
  readonly record: StoredVector;
}

export interface Search {
  /** float32 [dimensions], of length 1 */
  readonly query: Float32Array;
  /** Matches wanted, at most. */
  readonly count: number;
  /** What a record must be. */
  readonly sql: string | undefined;
}

/** Compares with all vectors, in memory. Equal scores are in the order of the ids. */
export async function searchMemory(table: Table, snapshot: Snapshot, { query, count, sql }: Search): Promise<Match[]> {
  const among = sql === undefined ? undefined : await rowNumbers(table, sql);
  return rank(query, await recordsOf(table, await snapshot.nearest(query, count, among)));
}

/** Compares with all vectors, which are read from the disk and not kept. Of equally near ones any may be left out. */
export async function searchDisk(table: Table, { query, count, sql }: Search): Promise<Match[]> {
  const search = table.vectorSearch(query).distanceType("dot").bypassVectorIndex().limit(count);
  return rank(query, await recordsIn(sql === undefined ? search : search.where(sql)));
}

/** Compares with the vectors of the index's nearest lists; what is not in the index yet is compared with as well. */
export async function searchIndex(table: Table, { query, count, sql }: Search): Promise<Match[]> {
  const search = table.vectorSearch(query).distanceType("dot").limit(count);
  const tuned = search.nprobes(PROBED_LISTS).refineFactor(RESCORED_A_MATCH);
  return rank(query, await recordsIn(sql === undefined ? tuned : tuned.where(sql)));
}

/** Those that another process has rewritten meanwhile have other numbers, and are looked for by their ids. */
async function recordsOf(table: Table, candidates: readonly Candidate[]): Promise<StoredVector[]> {
  const found = await recordsIn(table.takeRowIds(candidates.map(({ row }) => row)));
  const missing = new Set(candidates.map(({ id }) => id));
  for (const { id } of found) missing.delete(id);
  if (missing.size === 0) return found;
  const sql = toSql([{ field: "id", operator: "=", values: [...missing] }])!;
  return [...found, ...(await recordsIn(table.query().where(sql)))];
}

async function recordsIn(query: { toArrow(): Promise<ArrowTable> }): Promise<StoredVector[]> {
  return (await query.toArrow()).batches.flatMap(decodeVectors);
}

/** Scores in double precision, so that they do not depend on the way in which the records were found. */
function rank(query: Float32Array, records: readonly StoredVector[]): Match[] {
  return records
    .map((record) => ({ id: record.id, score: cosine(query, record.vector), record }))
    .sort(byScore)
    .map(({ score, record }) => ({ score, record }));
}

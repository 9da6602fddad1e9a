import { MedembedError } from "../errors.ts";
import { COLUMN_NAMES, decodeRecords, decodeVectors, encodeRecords, headOf } from "./arrow-rows.ts";
import { checkRecord } from "./check-record.ts";
import { type Filter, toSql } from "./filter.ts";
import { attempt, createTable, openTable, type Table } from "./lancedb.ts";
import type { LibraryPlace } from "./library-place.ts";
import { compact, hasIndex, INDEX_FROM_RECORDS, type LibraryStats, readStats, tidy } from "./maintenance.ts";
import type { ColumnName, LibraryRecord, PartOfRecord, StoredVector } from "./record.ts";
import { type Match, searchDisk, searchIndex, searchMemory } from "./search.ts";
import { Snapshot } from "./snapshot.ts";
import { type LibraryHead, requireSpace } from "./vector-space.ts";

/** Vectors are kept in memory for exact search, as long as they need no more than this. */
const MEMORY_BYTES = 2 ** 30;
/** What WebAssembly can hold, with room to spare. */
const MAX_MEMORY_BYTES = 3 * 2 ** 30;

export interface LibraryOptions extends LibraryPlace {
  /** What the vectors may take of the memory; more of them are searched on the disk. Default: 1 GiB; at most 3 GiB. */
  readonly memoryBytes?: number | undefined;
}

export interface SearchOptions {
  /** Matches wanted. Default: 10. */
  readonly count?: number | undefined;
  /** What a record must be to count. */
  readonly where?: Filter | undefined;
  /** Whether every vector must be compared with, also where an index is faster. Default: false. */
  readonly isExact?: boolean | undefined;
}

/** What has become of records that were to be stored. */
interface Insertion {
  readonly stored: number;
  /** Of the library, with this commit; undefined where there was nothing to commit. */
  readonly version: number | undefined;
}

/**
 * Vectors at rest, with what is known of their pictures. All vectors of a library are of one model and one profile. Several
 * processes may read and write it at a time. What a method has written is there when its promise resolves, and a process that
 * is killed leaves whole records or none.
 */
export class Library {
  readonly uri: string;
  /** What its records have in common. */
  readonly head: LibraryHead;
  readonly #table: Table;
  readonly #snapshot: Snapshot;
  readonly #memoryBytes: number;

  /** @throws MedembedError "not-found" where there is none, "corrupt-library" */
  static async open(options: LibraryOptions): Promise<Library> {
    const table = await openTable(options);
    if (!table) throw new MedembedError("not-found", `there is no library at ${options.uri}; adding to it makes one`);
    return Library.#of(table, options);
  }

  /**
   * Opens a library for vectors of this space; one that does not exist is made, with all that is said here.
   * @throws MedembedError "wrong-space" for one with vectors of another model or profile, "write-failed", and what `open` throws
   */
  static async openOrCreate(options: LibraryOptions, head: LibraryHead): Promise<Library> {
    const table = (await openTable(options)) ?? (await createTable(options, head));
    const library = await Library.#of(table, options);
    requireSpace(library.head, head);
    return library;
  }

  static async #of(table: Table, { uri, memoryBytes = MEMORY_BYTES }: LibraryOptions): Promise<Library> {
    const head = headOf(await table.schema());
    if (!head) throw new MedembedError("corrupt-library", `the table at ${uri} is no library of medembed`);
    return new Library(uri, head, table, memoryBytes);
  }

  private constructor(uri: string, head: LibraryHead, table: Table, memoryBytes: number) {
    this.uri = uri;
    this.head = head;
    this.#table = table;
    this.#snapshot = new Snapshot(table, head.dimensions);
    this.#memoryBytes = Math.min(memoryBytes, MAX_MEMORY_BYTES);
  }

  /** How many records there are, or how many of them a filter lets through. */
  count(where: Filter = []): Promise<number> {
    return this.#read(() => this.#table.countRows(toSql(where)));
  }

  /** The records that a filter lets through, in no particular order. */
  records(where: Filter = []): AsyncGenerator<LibraryRecord> {
    return this.#scan(where, [...COLUMN_NAMES, "labels"], decodeRecords);
  }

  /** All records, of which only these columns are read, ids and labels: a hundred thousand whole ones take long. */
  parts(columns: readonly ColumnName[]): AsyncGenerator<PartOfRecord> {
    return this.#scan([], [...new Set(["id", "labels", ...columns])], decodeRecords);
  }

  /** Those that a filter lets through, with their vectors. */
  vectors(where: Filter = []): AsyncGenerator<StoredVector> {
    return this.#scan(where, [...COLUMN_NAMES, "labels", "vector"], decodeVectors);
  }

  /** Which of these ids there are. */
  async idsAmong(ids: readonly string[]): Promise<Set<string>> {
    const found = new Set<string>();
    if (ids.length === 0) return found;
    for await (const id of this.ids([{ field: "id", operator: "=", values: ids }])) found.add(id);
    return found;
  }

  /** The ids of the records that a filter lets through, in no particular order. */
  async *ids(where: Filter = []): AsyncGenerator<string> {
    for await (const { id } of this.#scan(where, ["id"], decodeRecords)) yield id;
  }

  /** Of all records what tells which files they came from; of their facts, the series alone. */
  files(): AsyncGenerator<Omit<LibraryRecord, "added" | "precision" | "labels">> {
    return this.#scan([], ["id", "source", "bytes", "modified", "slices", "listing", "series"], decodeRecords);
  }

  /** The names of all labels that such records have, sorted. */
  async labelNames(where: Filter = []): Promise<string[]> {
    return [...(await this.labelCounts(where)).keys()];
  }

  /** How many such records have each value of each label, by the names of the labels, sorted. */
  async labelCounts(where: Filter = []): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>> {
    const counts = new Map<string, Map<string, number>>();
    for await (const { labels } of this.#scan(where, ["labels"], decodeRecords)) {
      for (const [name, value] of Object.entries(labels)) {
        const own = counts.get(name) ?? new Map<string, number>();
        counts.set(name, own.set(value, (own.get(value) ?? 0) + 1));
      }
    }
    return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Records spread evenly over all, with their vectors. */
  sample(count: number): Promise<StoredVector[]> {
    return this.#read(async () => {
      const records = await this.#table.countRows();
      const step = Math.max(1, records / count);
      const offsets = Array.from({ length: Math.min(count, records) }, (_, i) => Math.floor(i * step));
      return (await this.#table.takeOffsets(offsets).toArrow()).batches.flatMap(decodeVectors);
    });
  }

  /** Rises with every change of the records. */
  version(): Promise<number> {
    return this.#read(() => this.#table.version());
  }

  stats(): Promise<LibraryStats> {
    return this.#read(() => readStats(this.#table));
  }

  /**
   * The records nearest to a vector, the best first.
   * @param vector float32 [dimensions], of length 1, of the library's space; that of a text, of the same model
   */
  search(vector: Float32Array, { count = 10, where = [], isExact = false }: SearchOptions = {}): Promise<Match[]> {
    if (vector.length !== this.head.dimensions) throw new Error(`a vector of ${vector.length} values`);
    const search = { query: vector, count, sql: toSql(where) };
    return this.#read(async () => {
      const records = await this.#table.countRows();
      const isLarge = records >= INDEX_FROM_RECORDS;
      if (isLarge && !isExact && (await hasIndex(this.#table))) return searchIndex(this.#table, search);
      const isHeld = records * this.head.dimensions * 4 <= this.#memoryBytes;
      return isHeld ? searchMemory(this.#table, this.#snapshot, search) : searchDisk(this.#table, search);
    });
  }

  /**
   * Stores the records whose ids are not there yet; of those with one id, the first.
   * @param replaced ids of records that go in the same commit
   * @throws MedembedError "write-failed", "usage" for what no library can hold
   */
  async insert(records: readonly StoredVector[], replaced: readonly string[] = []): Promise<Insertion> {
    const insert = this.#table.mergeInsert("id").whenNotMatchedInsertAll();
    const where = toSql([{ field: "id", operator: "=", values: replaced }])!;
    const merge = replaced.length > 0 ? insert.whenNotMatchedBySourceDelete({ where }) : insert;
    const merged = await this.#merge(merge, records);
    return { stored: merged?.numInsertedRows ?? 0, version: merged?.version };
  }

  /** Stores the records; those whose ids are there take the others' places. @throws as `insert` */
  async put(records: readonly StoredVector[]): Promise<void> {
    await this.#merge(this.#table.mergeInsert("id").whenMatchedUpdateAll().whenNotMatchedInsertAll(), records);
  }

  /** @returns how many records were removed; they stay on the disk until `compact` @throws MedembedError "write-failed" */
  async remove(where: Filter): Promise<number> {
    const before = await this.count();
    await this.#write(() => this.#table.delete(toSql(where) ?? "true"));
    return before - (await this.count());
  }

  /** Puts what many small writes have left in order, if there is a need; searching is faster afterwards. */
  tidy(): Promise<void> {
    return this.#write(() => tidy(this.#table));
  }

  /**
   * Puts everything in order, the index too. What was removed in the last hour stays on the disk, since others may be at work.
   * @param isAlone that they are not: then it is gone. With others at work records may be lost or doubled
   */
  compact({ isAlone = false }: { readonly isAlone?: boolean } = {}): Promise<void> {
    return this.#write(() => compact(this.#table, isAlone));
  }

  /** Ends its thread; nothing more may be asked for. */
  async close(): Promise<void> {
    await this.#snapshot.close();
    this.#table.close();
  }

  async #merge(merge: ReturnType<Table["mergeInsert"]>, records: readonly StoredVector[]) {
    const byId = new Map(records.toReversed().map((record) => [record.id, record])); // the last to be set stays
    if (byId.size === 0) return undefined;
    for (const record of records) checkRecord(record, this.head.dimensions);
    const rows = encodeRecords([...byId.values()].reverse(), this.head);
    return this.#write(() => merge.execute(rows));
  }

  async *#scan<Row>(
    where: Filter,
    columns: readonly string[],
    decode: (batch: Parameters<typeof decodeRecords>[0]) => readonly Row[],
  ): AsyncGenerator<Row> {
    const sql = toSql(where);
    const query = this.#table.query().select([...columns]);
    const batches = (sql === undefined ? query : query.where(sql))[Symbol.asyncIterator]();
    for (let next = await this.#read(() => batches.next()); !next.done; next = await this.#read(() => batches.next())) {
      yield* decode(next.value);
    }
  }

  #read<Result>(work: () => Promise<Result>): Promise<Result> {
    return attempt("corrupt-library", `the library ${this.uri} cannot be read`, work);
  }

  #write<Result>(work: () => Promise<Result>): Promise<Result> {
    return attempt("write-failed", `cannot write to the library ${this.uri}`, work);
  }
}

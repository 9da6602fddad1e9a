import { MedembedError } from "../errors.ts";
import { COLUMN_NAMES, decodeRecords, encodeRecords, spaceOfSchema } from "./arrow-rows.ts";
import { type Filter, toSql } from "./filter.ts";
import { attempt, createTable, type LibraryPlace, openTable, type Table } from "./lancedb.ts";
import type { LibraryRecord, StoredVector } from "./record.ts";
import { type Match, searchDisk, searchMemory } from "./search.ts";
import { Snapshot } from "./snapshot.ts";
import { requireSpace, type VectorSpace } from "./vector-space.ts";

/** Vectors of a library that are kept in memory for exact search, as long as they need no more than this. */
const MEMORY_BYTES = 2 ** 30;

export interface LibraryOptions extends LibraryPlace {
  /** How much of the memory the vectors may take; what needs more is searched on the disk. Default: 1 GiB; at most 3 GiB. */
  readonly memoryBytes?: number | undefined;
}

export interface SearchOptions {
  /** Matches wanted. Default: 10. */
  readonly count?: number | undefined;
  /** What a record must be to count. */
  readonly where?: Filter | undefined;
}

/**
 * Vectors at rest, with what is known of their pictures. All vectors of a library are of one model and one profile. Several
 * processes may read and write it at a time. What a method has written is there when its promise resolves, and a process that
 * is killed leaves whole records or none.
 */
export class Library {
  readonly uri: string;
  /** What its vectors have in common. */
  readonly space: VectorSpace;
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
   * Opens a library for vectors of this space; one that does not exist is made.
   * @throws MedembedError "wrong-space" for one with vectors of another model or profile, "write-failed", as well as `open`
   */
  static async openOrCreate(options: LibraryOptions, space: VectorSpace): Promise<Library> {
    const table = (await openTable(options)) ?? (await createTable(options, space));
    const library = await Library.#of(table, options);
    requireSpace(library.space, space);
    return library;
  }

  static async #of(table: Table, { uri, memoryBytes = MEMORY_BYTES }: LibraryOptions): Promise<Library> {
    const space = spaceOfSchema(await table.schema());
    if (!space) throw new MedembedError("corrupt-library", `the table at ${uri} is no library of medembed`);
    return new Library(uri, space, table, memoryBytes);
  }

  private constructor(uri: string, space: VectorSpace, table: Table, memoryBytes: number) {
    this.uri = uri;
    this.space = space;
    this.#table = table;
    this.#snapshot = new Snapshot(table, space.dimensions);
    this.#memoryBytes = memoryBytes;
  }

  /** How many records there are, or how many of them a filter lets through. */
  async count(where: Filter = []): Promise<number> {
    return this.#read(() => this.#table.countRows(toSql(where)));
  }

  /**
   * Stores the records whose ids are not there yet; of those with one id, the first.
   * @returns how many were stored
   * @throws MedembedError "write-failed"
   */
  async insert(records: readonly StoredVector[]): Promise<number> {
    const byId = new Map(records.toReversed().map((record) => [record.id, record])); // the last one to be set stays
    if (byId.size === 0) return 0;
    const rows = encodeRecords([...byId.values()].reverse(), this.space);
    const { numInsertedRows } = await this.#write(() =>
      this.#table.mergeInsert("id").whenNotMatchedInsertAll().execute(rows),
    );
    return numInsertedRows;
  }

  /** The records that a filter lets through, in the order in which they were stored. */
  async *records(where: Filter = []): AsyncGenerator<LibraryRecord> {
    yield* this.#scan([...COLUMN_NAMES, "labels"], where);
  }

  /** Of all records what tells which files they came from. */
  async *files(): AsyncGenerator<Pick<LibraryRecord, "id" | "source" | "bytes" | "modified">> {
    yield* this.#scan(["id", "source", "bytes", "modified"]);
  }

  /**
   * The records nearest to a vector, the best first.
   * @param vector float32 [dimensions], of length 1, of the library's space; for a text, of the same model
   */
  async search(vector: Float32Array, { count = 10, where = [] }: SearchOptions = {}): Promise<Match[]> {
    const search = { query: vector, count, sql: toSql(where) };
    return this.#read(async () => {
      const bytes = (await this.#table.countRows()) * this.space.dimensions * 4;
      if (bytes <= this.#memoryBytes) return searchMemory(this.#table, this.#snapshot, search);
      return searchDisk(this.#table, search);
    });
  }

  async close(): Promise<void> {
    await this.#snapshot.close();
    this.#table.close();
  }

  async *#scan(columns: readonly string[], where: Filter = []): AsyncGenerator<LibraryRecord> {
    const sql = toSql(where);
    const query = this.#table.query().select([...columns]);
    const batches = (sql === undefined ? query : query.where(sql))[Symbol.asyncIterator]();
    for (let next = await this.#read(() => batches.next()); !next.done; next = await this.#read(() => batches.next())) {
      yield* decodeRecords(next.value);
    }
  }

  #read<Result>(work: () => Promise<Result>): Promise<Result> {
    return attempt("corrupt-library", `the library ${this.uri} cannot be read`, work);
  }

  #write<Result>(work: () => Promise<Result>): Promise<Result> {
    return attempt("write-failed", `cannot write to the library ${this.uri}`, work);
  }
}

import { MedembedError } from "../errors.ts";
import { type Columns, readVectors, type VectorRow } from "../vector-files/vector-file.ts";
import type { VectorSpace } from "../vector-space.ts";
import { checkRecord } from "./check-record.ts";
import { LABEL_PREFIX } from "./columns-of.ts";
import { inGroups } from "./in-groups.ts";
import { Library, type LibraryOptions } from "./library.ts";
import { COLUMNS, fromColumns, type StoredVector } from "./record.ts";
import { requireSpace } from "./vector-space.ts";

/** Stored at once. */
const ROWS_A_COMMIT = 1_000;
const isFull = ({ length }: readonly unknown[]) => length === ROWS_A_COMMIT;

/** A row that no library can hold, by its number from 1. */
export interface FailedRow {
  readonly row: number;
  readonly reason: string;
}

/**
 * Stores the vectors of a file in a library; a record whose id is there gives its place to the new one. Reads what
 * `exportVectors` and `medembed embed --out` write, and any file of these formats with the columns id, vector, weights and profile.
 * @param options a library that does not exist is made for vectors like that of the first row
 * @param onFailure told of each row that cannot be stored; the others are
 * @returns how many were stored
 * @throws MedembedError "wrong-space" for vectors of another model or profile, "corrupt-vectors", "not-found", "write-failed"
 */
export async function importVectors(
  options: LibraryOptions,
  path: string,
  onFailure: (failed: FailedRow) => void = () => {},
): Promise<number> {
  let library: Library | undefined;
  let stored = 0;
  let rows = 0;
  try {
    for await (const group of inGroups(readVectors(path), { isFull })) {
      const records: StoredVector[] = [];
      for (const row of group) {
        rows++;
        const space = spaceOfRow(row, `row ${rows} of ${path}`);
        const record = recordOf(row, space.dimensions);
        if (record instanceof MedembedError) {
          onFailure({ row: rows, reason: record.message });
          continue;
        }
        library ??= await Library.openOrCreate(options, space); // not for rows that none can hold
        requireSpace(library.head, space);
        records.push(record);
      }
      await library?.put(records);
      stored += records.length;
    }
    await library?.tidy();
    return stored;
  } finally {
    await library?.close();
  }
}

function spaceOfRow({ columns, vector }: VectorRow, row: string): VectorSpace {
  const { model = "a model without a name", weights, profile } = columns;
  if (weights === undefined || profile === undefined) {
    throw new MedembedError(
      "corrupt-vectors",
      `${row} does not tell its weights and profile: it needs columns of these names`,
    );
  }
  return { model: String(model), weights: String(weights), profile: String(profile), dimensions: vector.length };
}

/** What a library can hold of a row, or why it cannot. */
function recordOf(row: VectorRow, dimensions: number): StoredVector | MedembedError {
  try {
    const record = readRecord(row);
    checkRecord(record, dimensions);
    return record;
  } catch (error) {
    if (error instanceof MedembedError) return error;
    throw error;
  }
}

/** @throws MedembedError "usage" */
function readRecord({ columns, vector }: VectorRow): StoredVector {
  if (columns.kind === "text") throw new MedembedError("usage", "it is the vector of a text; a library holds pictures");
  if (columns.id === undefined) throw new MedembedError("usage", "it has no id");
  const defaults = { source: columns.id, added: new Date().toISOString(), precision: "unknown" };
  const labels = Object.entries(columns)
    .filter(([name]) => name.startsWith(LABEL_PREFIX))
    .map(([name, value]) => [name.slice(LABEL_PREFIX.length), String(value)]);
  return { ...fromColumns(typed({ ...defaults, ...columns }), Object.fromEntries(labels)), vector };
}

/** The columns of a record with the types that they have there: not every format tells a number from a text. */
function typed(columns: Columns): Columns {
  const known = Object.entries(COLUMNS).filter(([name]) => columns[name] !== undefined);
  return Object.fromEntries(
    known.map(([name, type]) => {
      const value = type === "text" ? String(columns[name]) : Number(columns[name]);
      if (Number.isNaN(value)) throw new MedembedError("usage", `its ${name} is no number`);
      return [name, value];
    }),
  );
}

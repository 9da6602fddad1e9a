import { FACTS, type FactName, type Facts } from "../facts.ts";

/** What is known of a picture whose vector is in a library. */
export interface LibraryRecord {
  /** SHA-256 of the file's bytes, of those of all files of a series, or what an import has given it. No two records share it. */
  readonly id: string;
  /** Where the picture is: a path or an address; of a series that of its middle slice. */
  readonly source: string;
  /** Of a file with several frames, which one is the middle slice of a series; from 1. */
  readonly frame?: number;
  /** How many slices a series has, and of how many the vector of a NIfTI file is; absent for a picture. */
  readonly slices?: number;
  /** Of a series: as long as it does not change, no file of it is read again. */
  readonly listing?: string;
  /** Of the file when it was added: as long as neither changes, it is not read again. */
  readonly bytes?: number;
  /** In ms since 1970, as the file system says. */
  readonly modified?: number;
  /** ISO 8601, UTC. */
  readonly added: string;
  /** The rung of the precision ladder. */
  readonly precision: string;
  readonly facts: Facts;
  readonly labels: Labels;
}

/** How the source of what lies on a DICOMweb server begins; behind it stands a hash of where. */
export const DICOMWEB_SOURCE = "dicomweb:";

/** A record of which not all columns were read. */
export type PartOfRecord = Pick<LibraryRecord, "id" | "facts" | "labels"> & Partial<LibraryRecord>;

/** A record with its vector. */
export interface StoredVector extends LibraryRecord {
  /** float32 [dimensions], of length 1 */
  readonly vector: Float32Array;
}

/** What people say of a picture: `finding` → `pneumonia`. */
export type Labels = Readonly<Record<string, string>>;

/** What a record says in single values, by column; labels and vector stand beside. */
export const COLUMNS = {
  id: "text",
  source: "text",
  frame: "number",
  slices: "number",
  listing: "text",
  bytes: "number",
  modified: "number",
  added: "text",
  precision: "text",
  ...FACTS,
} as const satisfies Record<string, "text" | "number">;

export type ColumnName = keyof typeof COLUMNS;
const FACT_COLUMNS = Object.keys(FACTS) as FactName[];
const OWN_COLUMNS = (Object.keys(COLUMNS) as ColumnName[]).filter((name) => !Object.hasOwn(FACTS, name));

/** Those that every record has. */
export const REQUIRED_COLUMNS: ReadonlySet<string> = new Set(["id", "source", "added", "precision"]);

export type Columns = { readonly [Name in ColumnName]?: string | number };

/** The single values of a record; what it does not tell is absent. */
export function toColumns({ facts, labels: _, ...record }: PartOfRecord): Columns {
  return { ...pick(record, OWN_COLUMNS), ...facts } as Columns;
}

/** The record of single values; `null` counts as absent. */
export function fromColumns(columns: { readonly [Name in ColumnName]?: unknown }, labels: Labels): LibraryRecord {
  return { ...pick(columns, OWN_COLUMNS), facts: pick(columns, FACT_COLUMNS), labels } as unknown as LibraryRecord;
}

/** Those of the names that have a value. */
function pick(columns: { readonly [Name in ColumnName]?: unknown }, names: readonly ColumnName[]) {
  return Object.fromEntries(names.flatMap((name) => (columns[name] == null ? [] : [[name, columns[name]] as const])));
}

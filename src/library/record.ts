import { FACTS, type FactName, type Facts } from "../facts.ts";

/** What is known of a picture whose vector is in a library. */
export interface LibraryRecord {
  /** SHA-256 of the file's bytes, or what an import has given it. No two records of a library share it. */
  readonly id: string;
  /** Where the picture is: a path or an address. */
  readonly source: string;
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
  bytes: "number",
  modified: "number",
  added: "text",
  precision: "text",
  ...FACTS,
} as const satisfies Record<string, "text" | "number">;

export type ColumnName = keyof typeof COLUMNS;

/** Those that every record has. */
export const REQUIRED_COLUMNS: ReadonlySet<string> = new Set(["id", "source", "added", "precision"]);

export type Columns = { readonly [Name in ColumnName]?: string | number };

/** The single values of a record; what it does not tell is absent. */
export function toColumns({ id, source, bytes, modified, added, precision, facts }: LibraryRecord): Columns {
  return { id, source, bytes, modified, added, precision, ...facts } as Columns;
}

/** The record of single values; `null` counts as absent. */
export function fromColumns(columns: { readonly [Name in ColumnName]?: unknown }, labels: Labels): LibraryRecord {
  const { id, source, bytes, modified, added, precision } = columns;
  const names = (Object.keys(FACTS) as FactName[]).filter((name) => columns[name] != null);
  const facts = Object.fromEntries(names.map((name) => [name, columns[name]])) as Facts;
  return {
    ...({ id, source } as Pick<LibraryRecord, "id" | "source">),
    ...(bytes != null && { bytes: bytes as number }),
    ...(modified != null && { modified: modified as number }),
    ...({ added, precision, facts, labels } as Omit<LibraryRecord, "id" | "source">),
  };
}

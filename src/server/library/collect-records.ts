import { createHash } from "node:crypto";
import { stack } from "../../applications/matrix.ts";
import type { DescribedVectors } from "../../applications/vector-set.ts";
import { MedembedError } from "../../errors.ts";
import { columnsOf } from "../../library/columns-of.ts";
import type { Filter } from "../../library/filter.ts";
import type { Library } from "../../library/library.ts";
import { idsOfPage } from "../../library/page.ts";
import type { StoredVector } from "../../library/record.ts";
import { MAX_SUBJECTS, type Subjects } from "./subjects.ts";

/** Each is compared with each other, and left out once: some seconds of work. */
export const MAX_REFERENCES = 5_000;

/** Records as `readRecords` reads them, described by what is known of them. */
export async function collectRecords(
  library: Library,
  where: Filter,
  name: string,
  most: number,
): Promise<DescribedVectors> {
  return describe(library, await readRecords(library, where, name, most));
}

/**
 * Records by their ids, so that nothing depends on the order they lie in.
 * @param name of the conditions, for messages @throws MedembedError "invalid-request" for none or too many
 */
export async function readRecords(
  library: Library,
  where: Filter,
  name: string,
  most: number,
): Promise<StoredVector[]> {
  const count = await library.count(where);
  if (count === 0) throw invalid(`no record is as ${name} says`);
  if (count > most) throw tooMany(count, name, most);
  const records: StoredVector[] = [];
  for await (const record of library.vectors(where)) records.push(record);
  return byId(records);
}

/** Records, or pictures that are none and have no name but their place. */
export interface FoundSubjects extends DescribedVectors {
  /** Records that the conditions name, too, and that are passed by. */
  readonly passedBy: number;
  /** Of a page that others follow: the last id that it has looked at. */
  readonly next: string | undefined;
}

/**
 * @param passed ids of records that are no subjects: a page may hold no others
 * @throws MedembedError "invalid-request" for none or too many
 */
export async function collectSubjects(
  library: Library,
  subjects: Subjects,
  passed: ReadonlySet<string>,
): Promise<FoundSubjects> {
  if ("pictures" in subjects) {
    return {
      ids: subjects.pictures.map((_, i) => `picture ${i}`),
      vectors: vectorsOf(library, subjects.pictures),
      columns: subjects.pictures.map(({ facts }) => ({ ...facts })),
      space: library.head,
      passedBy: 0,
      next: undefined,
    };
  }
  const { where, page } = subjects;
  const { ids, hasMore } = page ? await idsOfPage(library, { where, ...page }) : { ids: undefined, hasMore: false };
  const wanted: Filter = ids ? [{ field: "id", operator: "=", values: ids }] : where;
  const records: StoredVector[] = [];
  let passedBy = 0;
  for await (const record of library.vectors(wanted)) {
    if (passed.has(record.id)) passedBy++;
    else records.push(record);
    if (records.length > MAX_SUBJECTS) throw tooMany(await library.count(where), "where", MAX_SUBJECTS);
  }
  if (records.length === 0 && !page) throw invalid("no record but those of the reference is as where says");
  return { ...describe(library, byId(records)), passedBy, next: hasMore ? ids?.at(-1) : undefined };
}

/** The same for the same vectors, whatever else is asked of them. */
export function fingerprintOf({ ids, vectors, columns }: DescribedVectors, settings: unknown): string {
  const text = JSON.stringify([ids, columns, settings]);
  return createHash("sha256").update(text).update(vectors.values).digest("hex");
}

function byId(records: readonly StoredVector[]): StoredVector[] {
  return records.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** @param records by their ids */
export function describe(library: Library, records: readonly StoredVector[]): DescribedVectors {
  return {
    ids: records.map(({ id }) => id),
    vectors: vectorsOf(library, records),
    columns: records.map(columnsOf),
    space: library.head,
  };
}

function vectorsOf({ head }: Library, rows: readonly { readonly vector: Float32Array }[]) {
  return stack(
    rows.map(({ vector }) => vector),
    head.dimensions,
  );
}

function tooMany(count: number, name: string, most: number): MedembedError {
  return invalid(`${count} records are as ${name} says; a call takes ${most} at most, the command line takes more`);
}

function invalid(message: string): MedembedError {
  return new MedembedError("invalid-request", message);
}

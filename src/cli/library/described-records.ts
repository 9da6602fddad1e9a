import { stack } from "../../applications/matrix.ts";
import type { DescribedVectors } from "../../applications/vector-set.ts";
import { MedembedError } from "../../errors.ts";
import { columnsOf, LABEL_PREFIX } from "../../library/columns-of.ts";
import { type Filter, fieldHint } from "../../library/filter.ts";
import { inGroups } from "../../library/in-groups.ts";
import type { Library } from "../../library/library.ts";
import { COLUMNS, type StoredVector } from "../../library/record.ts";

/** Read at once. */
const RECORDS_A_BLOCK = 512;

/** The records that a filter lets through with their vectors, by id: what is made of them does not depend on the order they lie in. */
export async function collectRecords(library: Library, where: Filter): Promise<DescribedVectors> {
  const records: StoredVector[] = [];
  for await (const record of library.vectors(where)) records.push(record);
  return describe(
    library,
    records.sort((a, b) => (a.id < b.id ? -1 : 1)),
  );
}

/** The same in blocks, in no particular order. */
export async function* recordBlocks(library: Library, where: Filter): AsyncGenerator<DescribedVectors> {
  const isFull = ({ length }: readonly unknown[]) => length === RECORDS_A_BLOCK;
  for await (const records of inGroups(library.vectors(where), { isFull })) yield describe(library, records);
}

/** Beside each vector stands what a filter may ask for. */
function describe({ head }: Library, records: readonly StoredVector[]): DescribedVectors {
  return {
    ids: records.map(({ id }) => id),
    vectors: stack(
      records.map(({ vector }) => vector),
      head.dimensions,
    ),
    columns: records.map(columnsOf),
    space: head,
  };
}

/** @param flag that names the field @throws MedembedError "usage" for one that no record can have */
export function requireField(field: string, flag: string): void {
  if (field.startsWith(LABEL_PREFIX) || Object.hasOwn(COLUMNS, field)) return;
  throw new MedembedError("usage", `${flag} ${field} is unknown; ${fieldHint(field)}`);
}

import type { Filter } from "./filter.ts";
import { inGroups } from "./in-groups.ts";
import { checkLabels } from "./labels.ts";
import type { Library } from "./library.ts";
import type { Labels, StoredVector } from "./record.ts";

/** Records rewritten at once. */
const RECORDS_A_COMMIT = 1_000;
const isFull = ({ length }: readonly unknown[]) => length === RECORDS_A_COMMIT;

export interface LabelChange {
  readonly set?: Labels | undefined;
  /** Names of labels that go. */
  readonly unset?: readonly string[] | undefined;
}

/** Labels of one record, named by its id or its source. */
export interface RecordLabels {
  readonly key: { readonly field: "id" | "source"; readonly value: string };
  readonly labels: Labels;
}

/**
 * Changes labels of the records that a filter lets through.
 * @returns how many were changed; those that were as they should be are left alone
 * @throws MedembedError "usage" for labels that cannot be stored, "write-failed"; what was changed before stays
 */
export async function relabel(library: Library, where: Filter, change: LabelChange): Promise<number> {
  checkLabels(change.set ?? {});
  let changed = 0;
  for await (const group of inGroups(library.vectors(where), { isFull })) {
    changed += await putChanged(library, group, () => change);
  }
  return changed;
}

/**
 * Gives each record its own labels, beside those that it has.
 * @param onUnknown told of each key that no record has
 * @returns how many were changed
 */
export async function labelRecords(
  library: Library,
  labelled: AsyncIterable<RecordLabels>,
  onUnknown: (key: string) => void = () => {},
): Promise<number> {
  let changed = 0;
  for await (const group of inGroups(labelled, { isFull })) {
    for (const field of ["id", "source"] as const) {
      const wanted = new Map(
        group.filter(({ key }) => key.field === field).map(({ key, labels }) => [key.value, labels]),
      );
      if (wanted.size === 0) continue;
      const records: StoredVector[] = [];
      const where = [{ field, operator: "=", values: [...wanted.keys()] }] as const;
      for await (const record of library.vectors(where)) records.push(record);
      changed += await putChanged(library, records, (record) => ({ set: checkLabels(wanted.get(record[field])!) }));
      for (const record of records) wanted.delete(record[field]);
      for (const key of wanted.keys()) onUnknown(key);
    }
  }
  return changed;
}

async function putChanged(
  library: Library,
  records: readonly StoredVector[],
  changeOf: (record: StoredVector) => LabelChange,
): Promise<number> {
  const changed = records.flatMap((record) => {
    const labels = withChange(record.labels, changeOf(record));
    return isSame(labels, record.labels) ? [] : [{ ...record, labels }];
  });
  await library.put(changed);
  return changed.length;
}

function withChange(labels: Labels, { set = {}, unset = [] }: LabelChange): Labels {
  const kept = Object.entries(labels).filter(([name]) => !unset.includes(name));
  return { ...Object.fromEntries(kept), ...set };
}

function isSame(a: Labels, b: Labels): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

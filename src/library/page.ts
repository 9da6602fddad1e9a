import type { Filter } from "./filter.ts";
import type { Library } from "./library.ts";
import type { LibraryRecord } from "./record.ts";

/** Ids kept beyond those of the page before the highest are thrown out: sorting now and then is cheaper than keeping order. */
const SPARE_IDS = 1_000;

export interface PageOptions {
  /** What a record must be. */
  readonly where: Filter;
  /** The last id of the page before; undefined: from the first on. */
  readonly after: string | undefined;
  /** Records of a page, at most. */
  readonly count: number;
}

export interface Page {
  /** In the order of their ids, by UTF-16 units. */
  readonly records: readonly LibraryRecord[];
  /** Whether others follow. */
  readonly hasMore: boolean;
}

/**
 * Records by their ids, a page at a time. What is stored or removed in between moves no other record to another page. Each page
 * reads all ids once.
 */
export async function readPage(library: Library, options: PageOptions): Promise<Page> {
  const { ids, hasMore } = await idsOfPage(library, options);
  const records: LibraryRecord[] = [];
  if (ids.length > 0) {
    for await (const record of library.records([{ field: "id", operator: "=", values: ids }])) records.push(record);
  }
  return { records: records.sort((a, b) => (a.id < b.id ? -1 : 1)), hasMore };
}

/** Which records a page has. */
export async function idsOfPage(
  library: Library,
  { where, after, count }: PageOptions,
): Promise<{ readonly ids: readonly string[]; readonly hasMore: boolean }> {
  let lowest: string[] = [];
  for await (const id of library.ids(where)) {
    if (after !== undefined && id <= after) continue;
    lowest.push(id);
    if (lowest.length > count + SPARE_IDS) lowest = lowest.sort().slice(0, count + 1);
  }
  return { ids: lowest.sort().slice(0, count), hasMore: lowest.length > count };
}

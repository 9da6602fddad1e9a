import type { Library } from "./library.ts";
import type { LibraryRecord, StoredVector } from "./record.ts";

/** The record of a series, and how many of its slices it is of. */
export interface SeriesRecord {
  readonly id: string;
  readonly slices: number;
}

/** Which of new records go into a library, and which of its own go out in the same commit. */
export interface Replacement {
  readonly taken: readonly StoredVector[];
  /** Ids. */
  readonly replaced: readonly string[];
  /** By the hash of a series' UID: the record that it has afterwards. */
  readonly kept: ReadonlyMap<string, SeriesRecord>;
}

/** Those that a library has of series by the hashes of their UIDs; of one with several records that of most slices. */
export async function findSeriesRecords(
  library: Pick<Library, "records">,
  series: readonly string[],
): Promise<{ readonly all: readonly LibraryRecord[]; readonly best: Map<string, SeriesRecord> }> {
  const all: LibraryRecord[] = [];
  const best = new Map<string, SeriesRecord>();
  if (series.length === 0) return { all, best };
  const isOfSeries = (["slices", "listing"] as const).map((field) => ({ field, operator: "!=" as const, values: [] }));
  for await (const record of library.records([{ field: "series", operator: "=", values: series }, ...isOfSeries])) {
    all.push(record);
    keepLarger(best, record);
  }
  return { all, best };
}

/**
 * What to store of records so that a library that others fill, too, has each series once: with more slices, or as many, a record takes
 * the place of those that are there, with fewer it does not go in.
 */
export async function replaceSeries(
  library: Pick<Library, "records">,
  records: readonly StoredVector[],
): Promise<Replacement> {
  const { all, best: kept } = await findSeriesRecords(library, [
    ...new Set(records.flatMap((record) => seriesOf(record) ?? [])),
  ]);
  for (const record of records) keepLarger(kept, record);
  const isKept = (record: LibraryRecord) => {
    const series = seriesOf(record);
    return series === undefined || kept.get(series)?.id === record.id;
  };
  return {
    taken: records.filter(isKept),
    replaced: all.filter((record) => !isKept(record)).map(({ id }) => id),
    kept,
  };
}

/** The hash of the UID of the series that a record is the record of; undefined for those of pictures and files. */
export function seriesOf({ slices, listing, facts }: Pick<LibraryRecord, "slices" | "listing" | "facts">) {
  return slices === undefined || listing === undefined ? undefined : facts.series;
}

/** What is said of a series of which the library has more. */
export function fewerSlices(there: number, slices: number): string {
  return `the library has ${there} slices of this series, and these are ${slices}: add all its files together`;
}

function keepLarger(best: Map<string, SeriesRecord>, record: LibraryRecord): void {
  const series = seriesOf(record);
  const { id, slices = 0 } = record;
  if (series !== undefined && slices >= (best.get(series)?.slices ?? 0)) best.set(series, { id, slices });
}

import { type OrderedSeries, orderSeries } from "./order-series.ts";
import type { SliceHeader } from "./slice-header.ts";

/** A header, and the file that it comes from. */
export interface FiledHeader extends SliceHeader {
  readonly path: string;
}

/** The slices by SeriesInstanceUID, each series in order. The frames of a file that names no series make one of their own. */
export function groupSeries(headers: readonly FiledHeader[]): OrderedSeries<FiledHeader>[] {
  const groups = new Map<string, FiledHeader[]>();
  for (const header of headers) {
    const key = header.series === undefined ? `path ${header.path}` : `series ${header.series}`;
    const group = groups.get(key);
    if (group) group.push(header);
    else groups.set(key, [header]);
  }
  return Array.from(groups.values(), (group) => orderSeries(group));
}

import type { Columns } from "../../vector-files/vector-file.ts";
import { stack, takeRows } from "../matrix.ts";
import type { DescribedVectors } from "../vector-set.ts";
import { aggregate, normalised } from "../volumes/aggregate.ts";
import { chooseSlices } from "../volumes/choose-slices.ts";

/** Around the centre, as published for exam parameters: c - 10 … c + 9. */
const CENTRE_SLICES = 20;

/**
 * One vector a series: the mean of its slices around the centre, brought to length 1. What a header says of a series is what most of its
 * slices say. A row without a series stays as it is.
 */
export function poolSeries(set: DescribedVectors): DescribedVectors {
  const rowsOf = new Map<string, number[]>();
  for (const [row, { series }] of set.columns.entries()) {
    const name = series === undefined ? `row ${set.ids[row]}` : `series ${series}`;
    rowsOf.set(name, [...(rowsOf.get(name) ?? []), row]);
  }
  const pooled = [...rowsOf.values()].map((rows) => poolRows(set, rows));
  return {
    ids: pooled.map(({ id }) => id),
    vectors: stack(
      pooled.map(({ vector }) => vector),
      set.vectors.columns,
    ),
    columns: pooled.map(({ columns }) => columns),
    space: set.space,
  };
}

function poolRows({ ids, vectors, columns }: DescribedVectors, rows: readonly number[]) {
  const own = (row: number) => takeRows(vectors, [row]).values;
  if (rows.length === 1) return { id: ids[rows[0]], vector: own(rows[0]), columns: columns[rows[0]] };
  const position = (row: number) => Number(columns[row].slicePosition ?? Number.NaN);
  const isOrdered = rows.every((row) => Number.isFinite(position(row)));
  const ordered = isOrdered ? rows.toSorted((a, b) => position(a) - position(b)) : rows;
  // Where nobody knows the order there is no centre: then all slices count.
  const { first, end } = chooseSlices(rows.length, isOrdered ? CENTRE_SLICES : "all");
  return {
    id: String(columns[rows[0]].series),
    vector: normalised(aggregate("mean", ordered.slice(first, end).map(own))),
    columns: mostCommon(rows.map((row) => columns[row])),
  };
}

/** By column the value that most rows have, of equals the first. */
function mostCommon(rows: readonly Columns[]): Columns {
  const names = new Set(rows.flatMap((row) => Object.keys(row)));
  return Object.fromEntries(
    [...names].map((name) => {
      const counts = new Map<string | number, number>();
      for (const row of rows) {
        const value = row[name];
        if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
      }
      const [[value] = [undefined]] = [...counts].sort(([, a], [, b]) => b - a);
      return [name, value];
    }),
  );
}

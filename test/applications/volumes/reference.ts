import { readFileSync } from "node:fs";

type Numbers = readonly (number | null)[];

interface AggregateCase {
  readonly vectors: readonly Numbers[];
  readonly mean: Numbers;
  readonly median: Numbers;
  readonly max: Numbers;
  readonly std: Numbers;
  readonly statistics: Numbers;
}

interface Reference {
  readonly cases: readonly AggregateCase[];
  readonly withNaN: AggregateCase;
  readonly centre: readonly {
    readonly vectors: readonly Numbers[];
    readonly mean: Numbers;
    readonly centre: Numbers;
  }[];
  readonly voting: { readonly hits: readonly (readonly [volume: string, similarity: number])[][] } & Readonly<
    Record<"frequency" | "max" | "sum", readonly string[]>
  >;
}

/** What numpy computes; null stands for NaN. */
export const reference: Reference = JSON.parse(
  readFileSync(new URL("../../files/applications/aggregates.json", import.meta.url), "utf8"),
);

export function float32s(rows: readonly Numbers[]): Float32Array[] {
  return rows.map((row) => Float32Array.from(row, (value) => value ?? Number.NaN));
}

import { extname } from "node:path";
import type { JudgedVector } from "../../applications/outliers/verdicts.ts";
import { csvLine } from "../../csv-line.ts";
import { MedembedError } from "../../errors.ts";

/** What was found of one that was judged. */
export interface JudgedLine {
  readonly id: string;
  /** Where its picture is, as far as that is known. */
  readonly source: string;
  /** Of a series, the frame of its middle slice in that file. */
  readonly frame?: number;
  readonly methods: JudgedVector["methods"];
  /** The references nearest to it, nearest first. */
  readonly nearest: readonly (Pick<JudgedLine, "id" | "source" | "frame"> & { readonly distance: number })[];
}

export interface RowFormat {
  readonly head: (line: JudgedLine) => string;
  readonly line: (line: JudgedLine) => string;
}

const FORMATS: Readonly<Record<string, RowFormat>> = {
  ".csv": { head: (line) => csvLine(headCells(line)), line: (line) => csvLine(cells(line)) },
  ".jsonl": { head: () => "", line: (line) => `${JSON.stringify(line)}\n` },
};

/** By the ending of a file's name. @throws MedembedError "usage" for another one */
export function rowFormatOf(out: string | undefined): RowFormat {
  const format = FORMATS[out === undefined ? ".csv" : extname(out).toLowerCase()];
  if (!format) {
    throw new MedembedError("usage", `--out ${out}: the name must end in ${Object.keys(FORMATS).join(", ")}`);
  }
  return format;
}

/** The names of the columns of a table, of which `cells` makes the rows. */
export function headCells({ methods, nearest }: JudgedLine): string[] {
  return [
    "id",
    "source",
    ...Object.keys(methods).flatMap((method) => [method, `${method}_p`, `${method}_outlier`]),
    ...nearest.flatMap((_, i) => [`nearest_${i + 1}`, `nearest_${i + 1}_source`, `nearest_${i + 1}_distance`]),
  ];
}

export function cells({ id, source, methods, nearest }: JudgedLine): string[] {
  return [
    id,
    source,
    ...Object.values(methods).flatMap(({ score, p, isOutlier }) => [score, p, isOutlier ?? ""].map(String)),
    ...nearest.flatMap((found) => [found.id, found.source, String(found.distance)]),
  ];
}

import { MedembedError } from "../errors.ts";
import type { Columns } from "./vector-file.ts";

/** @param row from 1 */
export function corruptRow(path: string, row: number, reason: string): MedembedError {
  return new MedembedError("corrupt-vectors", `row ${row} of ${path} ${reason}`);
}

/** What stands beside a vector; null and what is neither text nor number is absent. */
export function toColumns(values: Readonly<Record<string, unknown>>): Columns {
  const columns: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === "string" || typeof value === "number") columns[name] = value;
    else if (typeof value === "bigint") columns[name] = Number(value);
  }
  return columns;
}

/** @throws MedembedError "corrupt-vectors" for what is no list of numbers */
export function toVector(values: unknown, path: string, row: number): Float32Array {
  const isTyped = values instanceof Float32Array || values instanceof Float64Array;
  const isList = Array.isArray(values) && values.every((value) => typeof value === "number");
  if ((isTyped || isList) && values.length > 0) return Float32Array.from(values);
  throw corruptRow(path, row, 'has no column "vector" with a list of numbers, none of them null');
}

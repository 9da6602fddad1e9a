import { csvLine } from "../csv-line.ts";
import type { EmbeddedRow } from "./embed-row.ts";

/**
 * A row as a line of `predictions.csv`: row, image_features, text_features, scaling_factor, file; no header. A failed row
 * has none: who reads the file parses vectors, and would stumble over a line without any. Rows are matched by number and file.
 */
export function writeCsvLine({ row, image, text, fault }: EmbeddedRow, file: string, scalingFactor: number): string {
  if (fault) return "";
  return csvLine([String(row), image === undefined ? "" : `[${image}]`, text ?? "", String(scalingFactor), file]);
}

/**
 * A row as a line of `predictions.jsonl`, with the same keys; what is absent has no key. Every row has a line here, a
 * failed one with `error` in place of vectors: who counts lines counts rows.
 */
export function writeJsonLine({ row, image, text, fault }: EmbeddedRow, file: string, scalingFactor: number): string {
  if (fault) return `${JSON.stringify({ row, error: fault, file })}\n`;
  const members = [
    `"row":${row}`,
    image !== undefined && `"image_features":[${image}]`,
    text !== undefined && `"text_features":${text}`,
    `"scaling_factor":${scalingFactor}`,
    `"file":${JSON.stringify(file)}`,
  ];
  return `{${members.filter(Boolean).join(",")}}\n`;
}

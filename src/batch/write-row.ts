import type { EmbeddedRow } from "./embed-row.ts";

/**
 * A row as a line of `predictions.csv`: row, image_features, text_features, scaling_factor, file; no header. A failed row
 * has none: who reads the file parses vectors, and would stumble over a line without any. Rows are matched by number and file.
 */
export function writeCsvLine({ row, image, text, fault }: EmbeddedRow, file: string, scalingFactor: number): string {
  if (fault) return "";
  const cells = [String(row), image === undefined ? "" : `[${image}]`, text ?? "", String(scalingFactor), file];
  return `${cells.map(quote).join(",")}\r\n`;
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

/** RFC 4180, section 2: a cell with a comma, a quotation mark or a line break stands in quotation marks, which are doubled. */
function quote(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

import { MedembedError } from "../../errors.ts";
import { parseJsonOfPictures } from "../calls/parse-json.ts";
import type { ParsedCall, ParsedRow } from "../calls/parsed-call.ts";
import type { ParseOptions } from "../calls/parsers.ts";
import { readRow } from "../calls/read-row.ts";
import { checkEnvelope } from "./envelope.ts";
import { readParams } from "./params.ts";

const COLUMNS = ["image", "text"] as const;
type Column = (typeof COLUMNS)[number];

/** What the body of `POST /score` asks for beside its rows. */
export interface ScoreAsked {
  readonly withScalingFactor: boolean;
}

/**
 * Reads the body of `POST /score` in all its variants.
 * @param body JSON in UTF-8
 * @throws MedembedError "invalid-request" for what makes the whole call senseless
 */
export function parseScore(body: Uint8Array, { maxRows }: ParseOptions): ParsedCall<ScoreAsked> {
  const envelope = parseJsonOfPictures(body);
  checkEnvelope(envelope);
  const { columns, index, data } = envelope.input_data;
  checkColumns(columns);
  if (data.length === 0) throw invalid("input_data.data is empty; at least one row is needed");
  if (data.length > maxRows) throw invalid(`input_data.data has ${data.length} rows; at most ${maxRows} are taken`);
  if (Array.isArray(index) && index.length !== data.length) {
    throw invalid(`input_data.index has ${index.length} labels for ${data.length} rows`);
  }
  for (const [i, row] of data.entries()) {
    if (Array.isArray(row) && row.length !== columns.length) {
      throw invalid(`row ${i} has ${row.length} cells for ${columns.length} columns`);
    }
  }
  const { withScalingFactor, imageParams } = readParams(envelope.params ?? {});
  return { rows: data.map((row) => parseRow(columns, row)), imageParams, asked: { withScalingFactor } };
}

/** Columns of other names are skipped: the published embedding pipeline sends one. */
function checkColumns(columns: readonly string[]): void {
  if (new Set(columns).size !== columns.length) throw invalid("input_data.columns names a column twice");
  if (!COLUMNS.some((column) => columns.includes(column))) {
    throw invalid(`input_data.columns has neither ${COLUMNS.join(" nor ")}`);
  }
}

function parseRow(columns: readonly string[], row: readonly unknown[] | Readonly<Record<string, unknown>>): ParsedRow {
  const cellOf = (column: Column): unknown => {
    const place = columns.indexOf(column);
    if (place < 0) return undefined;
    if (Array.isArray(row)) return row[place];
    return Object.hasOwn(row, column) ? (row as Readonly<Record<string, unknown>>)[column] : undefined;
  };
  return readRow({ image: cellOf("image"), text: cellOf("text") });
}

function invalid(message: string): MedembedError {
  return new MedembedError("invalid-request", message);
}

import { MedembedError } from "../../errors.ts";
import { decodeBase64 } from "./decode-base64.ts";
import { checkEnvelope } from "./envelope.ts";
import { readParams, type ScoreParams } from "./params.ts";
import type { RowFault } from "./score-error.ts";

/**
 * Brackets and commas in a body. 1024 rows need a few thousand, their texts a few more; each may cost a hundred bytes of
 * memory once parsed, so that a small body of nothing else would end the process.
 */
const MAX_JSON_PARTS = 2 ** 20;

const COLUMNS = ["image", "text"] as const;
type Column = (typeof COLUMNS)[number];

/** One row: at least one half, or what is wrong with it. */
export interface ParsedRow {
  /** A whole image file, in memory of its own. */
  readonly image?: Uint8Array<ArrayBuffer>;
  readonly text?: string;
  readonly fault?: RowFault;
}

export interface ScoreRequest {
  readonly rows: readonly ParsedRow[];
  readonly params: ScoreParams;
}

/**
 * Reads the body of `POST /score` in all its variants.
 * @param body JSON in UTF-8
 * @throws MedembedError "invalid-request" for what makes the whole call senseless
 */
export function parseRequest(body: Uint8Array, maxRows: number): ScoreRequest {
  const envelope = parseJson(body);
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
  return { rows: data.map((row) => parseRow(columns, row)), params: readParams(envelope.params ?? {}) };
}

function parseJson(body: Uint8Array): unknown {
  checkParts(body);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw invalid("the body is not UTF-8");
  }
  try {
    return JSON.parse(text);
  } catch {
    throw invalid("the body is not JSON"); // where and why would quote it
  }
}

function checkParts(body: Uint8Array): void {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  let parts = 0;
  for (const part of "[{,") {
    for (let at = bytes.indexOf(part); at >= 0; at = bytes.indexOf(part, at + 1)) {
      if (++parts > MAX_JSON_PARTS) throw invalid(`the body has more than ${MAX_JSON_PARTS} brackets and commas`);
    }
  }
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
  const halves: { image?: Uint8Array<ArrayBuffer>; text?: string } = {};
  for (const column of COLUMNS) {
    try {
      const half = READERS[column](readCell(cellOf(column)));
      if (half !== undefined) Object.assign(halves, { [column]: half });
    } catch (error) {
      if (!(error instanceof MedembedError)) throw error;
      return { fault: { code: error.code, message: error.message, column } };
    }
  }
  if (Object.keys(halves).length > 0) return halves;
  return { fault: { code: "empty-row", message: "it has neither an image nor a text" } };
}

/** A cell with content, or undefined: nothing, null and "" are all absent. */
function readCell(cell: unknown): string | undefined {
  if (cell === undefined || cell === null || cell === "") return undefined;
  if (typeof cell !== "string") throw invalid("a cell must be a string or null");
  return cell;
}

const READERS = {
  image: (cell: string | undefined) => {
    if (cell === undefined) return undefined;
    if (/^\s{0,99}https?:/i.test(cell)) {
      throw new MedembedError("url-refused", "addresses are not fetched; send the bytes of the image as base64");
    }
    return decodeBase64(cell);
  },
  /** Verbatim; of white space only it says nothing. */
  text: (cell: string | undefined) => (cell === undefined || cell.trim() === "" ? undefined : cell),
} as const satisfies Record<Column, (cell: string | undefined) => unknown>;

function invalid(message: string): MedembedError {
  return new MedembedError("invalid-request", message);
}

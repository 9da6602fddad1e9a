import { type ErrorCode, MedembedError } from "../errors.ts";
import { decodeBase64 } from "../formats/decode-base64.ts";
import { type CsvRecord, piecesOf, readCsv } from "./read-csv.ts";

/** Rows that are embedded, written and flushed together: what an interruption may cost, at one picture a second 16 s. */
const ROWS_A_CHUNK = 16;
/** Bytes of pictures in a chunk, but for the last of them: some forty full-size PNGs, so that it is the rows that count. */
const BYTES_A_CHUNK = 16 * 2 ** 20;

/** As data frames write what is absent; nothing at all is the usual way. */
const ABSENT = /^(nan)?$/i;

const COLUMNS = ["image", "text"] as const;
export type Column = (typeof COLUMNS)[number];

/** Why a row cannot be embedded. Like every message, it never holds what stands in the row. */
export interface Fault {
  readonly code: ErrorCode;
  readonly message: string;
  /** The half that is at fault, where it is one. */
  readonly column?: Column;
}

/** One row of a file: at least one half, or what is wrong with it. */
export interface InputRow {
  /** 0-based, the header not counted; none where the header itself is at fault. */
  readonly row: number | undefined;
  /** A whole image file, in memory of its own. */
  readonly image?: Uint8Array<ArrayBuffer>;
  readonly text?: string;
  readonly fault?: Fault;
}

export interface RowChunk {
  readonly rows: readonly InputRow[];
  /** How far the file has been read. */
  readonly bytesRead: number;
  /** Whether it is the last chunk of its file; only that one may be empty. */
  readonly isEnd: boolean;
}

interface ReadOptions {
  /** Rows that are passed over. */
  readonly skip?: number;
  readonly maxRecordBytes?: number;
}

/** What a header says of the rows below it. */
export interface RowLayout {
  /** That every row must have. */
  readonly cells: number;
  /** Where the columns stand; one of them may be missing. */
  readonly image?: number;
  readonly text?: number;
}

interface RawOptions {
  readonly maxRecordBytes?: number | undefined;
  readonly from?: { readonly layout: RowLayout; readonly row: number; readonly start: number };
}

/** A row whose cells nobody has looked into, or what is wrong with the file from there on. */
export type RawRow =
  | ({ readonly row: number; readonly layout: RowLayout } & CsvRecord)
  | { readonly row: number | undefined; readonly fault: Fault; readonly bytesRead: number };

/**
 * The rows of a CSV file with the columns `image` (base64) and `text`, in any order, or one of them alone; others are
 * ignored. A bad row is a row with a fault; where the file itself breaks, that is its last row.
 * @throws MedembedError "not-found" for a file that cannot be read
 */
export async function* readRows(
  path: string,
  { skip = 0, maxRecordBytes }: ReadOptions = {},
): AsyncGenerator<RowChunk> {
  let bytesRead = 0;
  let rows: InputRow[] = [];
  let bytes = 0;
  for await (const raw of readRawRows(piecesOf(path), { maxRecordBytes })) {
    bytesRead = raw.bytesRead;
    if ("fault" in raw) {
      rows.push({ row: raw.row, fault: raw.fault });
      break;
    }
    if (raw.row < skip) continue;
    const parsed = parseRow(raw.row, raw.layout, raw.cells);
    rows.push(parsed);
    bytes += parsed.image?.length ?? 0;
    if (rows.length < ROWS_A_CHUNK && bytes < BYTES_A_CHUNK) continue;
    yield { rows, bytesRead, isEnd: false };
    rows = [];
    bytes = 0;
  }
  yield { rows, bytesRead, isEnd: true };
}

/** What a file begins with: its layout and where that ends, or why it cannot be used. @throws what the pieces throw */
export async function readHeader(
  pieces: AsyncIterable<Buffer>,
): Promise<{ readonly layout: RowLayout; readonly end: number } | { readonly fault: Fault }> {
  try {
    for await (const { cells, end } of readCsv(pieces)) return { layout: readLayout(cells), end };
    throw withoutHeader();
  } catch (error) {
    return { fault: faultOf(error) };
  }
}

/**
 * The rows of a file as they lie in it. Where the file breaks that is the last of them, with its fault.
 * @param from the first row, if it is not the header that the pieces begin with
 * @throws what the pieces throw
 */
export async function* readRawRows(
  pieces: AsyncIterable<Buffer>,
  { maxRecordBytes, from }: RawOptions = {},
): AsyncGenerator<RawRow> {
  let layout = from?.layout;
  let row = from?.row ?? 0;
  let bytesRead = from?.start ?? 0;
  try {
    for await (const record of readCsv(pieces, { start: from?.start, maxRecordBytes })) {
      bytesRead = record.bytesRead;
      if (layout) yield { row: row++, layout, ...record };
      else layout = readLayout(record.cells);
    }
    if (!layout) throw withoutHeader();
  } catch (error) {
    const { code, message } = faultOf(error);
    const fault = { code, message: layout ? `${message}; what follows in the file was not read` : message };
    yield { row: layout && row, fault, bytesRead };
  }
}

function readLayout(header: readonly string[]): RowLayout {
  const names = header.map((name) => name.trim());
  const found = names.filter((name) => COLUMNS.some((column) => column === name));
  if (found.length === 0) throw invalid(`the header has neither ${COLUMNS.join(" nor ")}`); // it may be a row: not quoted
  if (new Set(found).size < found.length) throw invalid("the header names a column twice");
  return { cells: names.length, ...Object.fromEntries(found.map((name) => [name, names.indexOf(name)])) };
}

/** What stands in a row, or what is wrong with it. */
export function parseRow(row: number, layout: RowLayout, cells: readonly string[]): InputRow {
  const halves: { image?: Uint8Array<ArrayBuffer>; text?: string } = {};
  let column: Column | undefined;
  try {
    // Mostly a comma in a text without quotation marks: taking what fits would embed half of the text.
    if (cells.length !== layout.cells) throw invalid(`it has ${cells.length} cells, the header ${layout.cells}`);
    for (column of COLUMNS) {
      const place = layout[column];
      const half = place === undefined ? undefined : READERS[column](cells[place]);
      if (half !== undefined) Object.assign(halves, { [column]: half });
    }
    column = undefined;
    if (Object.keys(halves).length === 0) throw new MedembedError("empty-row", "it has neither an image nor a text");
    return { row, ...halves };
  } catch (error) {
    return { row, fault: { ...faultOf(error), ...(column && { column }) } };
  }
}

const READERS = {
  image: (cell: string) => (ABSENT.test(cell) ? undefined : decodeBase64(cell)),
  /** Verbatim; of white space only it says nothing. */
  text: (cell: string) => {
    const text = decodeUtf8(cell);
    return ABSENT.test(text) || text.trim() === "" ? undefined : text;
  },
} as const satisfies Record<Column, (cell: string) => unknown>;

function decodeUtf8(latin1: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(latin1, "latin1"));
  } catch {
    throw new MedembedError("invalid-text", "it is not UTF-8");
  }
}

/** What is wrong with the input, for others to be told. @throws what is not its fault */
function faultOf(error: unknown): Fault {
  if (!(error instanceof MedembedError) || error.code === "not-found") throw error;
  return { code: error.code, message: error.message };
}

function withoutHeader(): MedembedError {
  return invalid("the file is empty; a header is needed");
}

function invalid(message: string): MedembedError {
  return new MedembedError("invalid-request", message);
}

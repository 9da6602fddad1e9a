import { type ErrorCode, MedembedError } from "../errors.ts";
import { decodeBase64 } from "../formats/decode-base64.ts";
import { readCsv } from "./read-csv.ts";

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

/**
 * The rows of a CSV file with the columns `image` (base64) and `text`, in any order, or one of them alone; others are
 * ignored. A bad row is a row with a fault; where the file itself breaks, that is its last row.
 * @throws MedembedError "not-found" for a file that cannot be read
 */
export async function* readRows(
  path: string,
  { skip = 0, maxRecordBytes }: ReadOptions = {},
): AsyncGenerator<RowChunk> {
  let header: readonly string[] | undefined;
  let row = 0;
  let bytesRead = 0;
  let rows: InputRow[] = [];
  let bytes = 0;
  try {
    for await (const record of readCsv(path, maxRecordBytes)) {
      bytesRead = record.bytesRead;
      if (!header) {
        header = readHeader(record.cells);
        continue;
      }
      if (row++ < skip) continue;
      const parsed = parseRow(row - 1, header, record.cells);
      rows.push(parsed);
      bytes += parsed.image?.length ?? 0;
      if (rows.length < ROWS_A_CHUNK && bytes < BYTES_A_CHUNK) continue;
      yield { rows, bytesRead, isEnd: false };
      rows = [];
      bytes = 0;
    }
    if (!header) throw invalid("the file is empty; a header is needed");
  } catch (error) {
    const { code, message } = faultOf(error);
    const fault = { code, message: header ? `${message}; what follows in the file was not read` : message };
    rows.push({ row: header && row, fault });
  }
  yield { rows, bytesRead, isEnd: true };
}

/** @returns the names of the columns */
function readHeader(cells: readonly string[]): readonly string[] {
  const names = cells.map((name) => name.trim());
  const found = names.filter((name) => COLUMNS.some((column) => column === name));
  if (found.length === 0) throw invalid(`the header has neither ${COLUMNS.join(" nor ")}`); // it may be a row: not quoted
  if (new Set(found).size < found.length) throw invalid("the header names a column twice");
  return names;
}

function parseRow(row: number, header: readonly string[], cells: readonly string[]): InputRow {
  const halves: { image?: Uint8Array<ArrayBuffer>; text?: string } = {};
  let column: Column | undefined;
  try {
    // Mostly a comma in a text without quotation marks: taking what fits would embed half of the text.
    if (cells.length !== header.length) throw invalid(`it has ${cells.length} cells, the header ${header.length}`);
    for (column of COLUMNS) {
      const half = READERS[column](cells[header.indexOf(column)] ?? "");
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

function invalid(message: string): MedembedError {
  return new MedembedError("invalid-request", message);
}

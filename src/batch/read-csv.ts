import { createReadStream } from "node:fs";
import { CsvError, parse } from "csv-parse";
import { MedembedError } from "../errors.ts";

/** A picture of 128 MiB, the most that a call of the endpoint takes, is 171 MiB of base64, 173 in lines; and some text. */
export const MAX_RECORD_BYTES = 176 * 2 ** 20;
/** More than any table has; stops a line of commas from filling the memory with empty cells. */
export const MAX_COLUMNS = 1_024;
/** Bytes read at a time: more than a usual picture, so that few of them lie in two. */
const READ_BYTES = 2 ** 18;

const BYTE_ORDER_MARK = Buffer.from("\ufeff");

/** What the parser finds, in words of ours: its own quote the cell. */
const FAULTS: Readonly<Record<string, string>> = {
  CSV_MAX_RECORD_SIZE: "the record is longer than allowed",
  CSV_QUOTE_NOT_CLOSED: "a quotation mark is never closed",
  CSV_INVALID_CLOSING_QUOTE: "characters follow a closing quotation mark",
  INVALID_OPENING_QUOTE: "a quotation mark stands inside a cell that does not begin with one",
};

export interface CsvRecord {
  /** As latin1: one character a byte, whatever the file's encoding. */
  readonly cells: readonly string[];
  /** Where it lies in the file: blank lines before it and its line break are part of it. */
  readonly start: number;
  readonly end: number;
  /** How far the file has been read. */
  readonly bytesRead: number;
}

interface ReadCsvOptions {
  /** Where in the file the pieces begin, which is where a record does. */
  readonly start?: number | undefined;
  readonly maxRecordBytes?: number | undefined;
}

/**
 * The records of a CSV file as RFC 4180 has them, one after the other and however long the file is: lines end with LF or
 * CRLF, blank lines count for nothing, a byte order mark may come first.
 * @param pieces of the file, cut anywhere
 * @throws MedembedError "invalid-request" behind the last sound record, and what the pieces throw
 */
export async function* readCsv(
  pieces: AsyncIterable<Buffer>,
  { start = 0, maxRecordBytes = MAX_RECORD_BYTES }: ReadCsvOptions = {},
): AsyncGenerator<CsvRecord> {
  // Collected by a hook, because a parser that fails takes the records with it that stand in its own queue.
  let records: Omit<CsvRecord, "bytesRead">[] = [];
  let parsedFrom = start;
  let lastEnd = start;
  const parser = parse({
    encoding: "latin1",
    record_delimiter: ["\r\n", "\n"],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: maxRecordBytes,
    cast: checkColumn,
    on_record: (cells: string[], { bytes }) => {
      records.push({ cells, start: lastEnd, end: parsedFrom + bytes });
      lastEnd = parsedFrom + bytes;
      return null;
    },
  });
  parser.on("error", () => {}); // told by the callbacks below
  const settle = (call: (done: (error?: Error | null) => void) => void) =>
    new Promise<Error | undefined>((resolve) => call((error) => resolve(error ?? undefined)));

  let bytesRead = start;
  const flush = function* (fault: Error | undefined) {
    const complete = records;
    records = [];
    for (const record of complete) yield { ...record, bytesRead };
    if (fault) throw translate(fault, maxRecordBytes);
  };
  for await (const piece of pieces) {
    const isMarked = bytesRead === 0 && piece.indexOf(BYTE_ORDER_MARK) === 0;
    if (isMarked) parsedFrom = BYTE_ORDER_MARK.length;
    const bytes = isMarked ? piece.subarray(BYTE_ORDER_MARK.length) : piece;
    const fault = await settle((done) => parser.write(bytes, done));
    bytesRead += piece.length;
    yield* flush(fault);
  }
  yield* flush(await settle((done) => parser.end(done)));
}

/** A file from one of its bytes on, some of it at a time. @throws MedembedError "not-found" for one that cannot be read */
export async function* piecesOf(path: string, start = 0): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path, { start, highWaterMark: READ_BYTES });
  } catch (cause) {
    throw new MedembedError("not-found", `${path} cannot be read: ${(cause as NodeJS.ErrnoException).code}`, { cause });
  }
}

function checkColumn(cell: string, { index }: { readonly index: number }): string {
  if (index < MAX_COLUMNS) return cell;
  throw new MedembedError("invalid-request", `the record has more than ${MAX_COLUMNS} cells`);
}

function translate(fault: Error, maxRecordBytes: number): Error {
  if (!(fault instanceof CsvError)) return fault;
  const reason = FAULTS[fault.code];
  if (reason === undefined) return new Error(`the CSV parser failed with ${fault.code}`); // without its message, which quotes
  const limit = fault.code === "CSV_MAX_RECORD_SIZE" ? ` (${maxRecordBytes} bytes)` : "";
  return new MedembedError("invalid-request", reason + limit);
}

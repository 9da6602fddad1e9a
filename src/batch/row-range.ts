import { createHash, hash } from "node:crypto";
import { open } from "node:fs/promises";
import { MedembedError } from "../errors.ts";
import { oneByOne } from "../in-parallel.ts";
import { hashInput, type InputFile } from "./input-files.ts";
import { piecesOf, readCsv } from "./read-csv.ts";
import { type Fault, type InputRow, parseRow, type RowLayout, readHeader, readRawRows } from "./read-rows.ts";
import { type RecordPlace, RecordScanner } from "./record-scanner.ts";

/** Rows of a file that lie together: all that somebody else needs to read them, and to see that they are those that were meant. */
export interface RowRange {
  /** Inside its folder. */
  readonly file: string;
  readonly layout: RowLayout;
  /** Number of its first row. */
  readonly first: number;
  /** Of its bytes, the first, and how many there are. */
  readonly start: number;
  readonly bytes: number;
  /** SHA-256 of them. */
  readonly content: string;
}

/** Rows that go together, or what ends their file. */
export type CutRows =
  | { readonly range: RowRange; readonly rows: readonly { readonly row: number; readonly bytes: number }[] }
  | { readonly fault: Fault; readonly row: number | undefined };

interface CutOptions {
  /** Rows that are passed over. */
  readonly skip: number;
  /** Of a range; it is full as soon as it has so many rows or so many bytes. */
  readonly size: { readonly rows: number; readonly bytes: number };
}

/** What is known of a file once all of it was cut. */
export interface CutFile {
  /** Of the whole file. */
  readonly sha256: string;
  /** As `runBatch` counts them: the one that is the file's last because it breaks there is one of them. */
  readonly rows: number;
}

/**
 * Cuts the rows of a file, reading it once and each range again when it is whole.
 * @throws MedembedError "not-found"
 */
export async function* cutRows(
  input: InputFile,
  { skip, size }: CutOptions,
  onEnd: (file: CutFile) => void,
): AsyncGenerator<CutRows> {
  let sha256 = "";
  let count = 0;
  let growing: GrowingRange | undefined;
  for await (const found of locateRows(input, (whole) => {
    sha256 = whole;
  })) {
    if (found.row !== undefined) count++;
    if ("fault" in found) {
      if (growing) yield await cut(growing, input);
      growing = undefined;
      yield { fault: found.fault, row: found.row };
      continue;
    }
    const { row, layout, start, end } = found;
    if (row < skip) continue;
    growing ??= { layout, first: row, start, end, rows: [] };
    growing.end = end;
    growing.rows.push({ row, bytes: end - start });
    if (growing.rows.length < size.rows && end - growing.start < size.bytes) continue;
    yield await cut(growing, input);
    growing = undefined;
  }
  if (growing) yield await cut(growing, input);
  onEnd({ sha256, rows: count });
}

type LocatedRow =
  | ({ readonly row: number; readonly layout: RowLayout } & RecordPlace)
  | { readonly row: number | undefined; readonly fault: Fault };

/** The rows that `readRows` reads, by where they lie. @param onEnd told the SHA-256 of the file */
async function* locateRows(input: InputFile, onEnd: (sha256: string) => void): AsyncGenerator<LocatedRow> {
  const { path } = input;
  const header = await readHeader(piecesOf(path));
  if ("fault" in header) {
    yield { row: undefined, fault: header.fault };
    onEnd(await hashInput(input));
    return;
  }
  const { layout } = header;
  const whole = createHash("sha256");
  const scanner = new RecordScanner(header.end);
  let row = 0;
  for await (const piece of piecesOf(path)) {
    whole.update(piece);
    for (const place of scanner.scan(piece)) yield { row: row++, layout, ...place };
    if (scanner.isInDoubt) break;
  }
  for (const place of scanner.end()) yield { row: row++, layout, ...place };
  if (scanner.isInDoubt) {
    const { start } = scanner;
    yield* readRawRows(piecesOf(path, start), { from: { layout, row, start } });
  }
  onEnd(scanner.isInDoubt ? await hashInput(input) : whole.digest("hex"));
}

interface GrowingRange extends Pick<RowRange, "layout" | "first" | "start"> {
  end: number;
  readonly rows: { readonly row: number; readonly bytes: number }[];
}

async function cut({ layout, first, start, end, rows }: GrowingRange, { file, path }: InputFile): Promise<CutRows> {
  const content = await readBytes(path, start, end - start);
  return { range: { file, layout, first, start, bytes: end - start, content: hashOf(content) }, rows };
}

/**
 * The rows of a range, from the first to the last of them.
 * @returns undefined when the file has others there by now
 * @throws MedembedError "not-found" for a file that cannot be read
 */
export async function readRange(
  path: string,
  { layout, first, start, bytes, content }: RowRange,
): Promise<InputRow[] | undefined> {
  const found = await readBytes(path, start, bytes);
  if (hashOf(found) !== content) return undefined;
  const rows: InputRow[] = [];
  for await (const { cells } of readCsv(oneByOne([found]), { start })) {
    rows.push(parseRow(first + rows.length, layout, cells));
  }
  return rows;
}

function hashOf(bytes: Buffer): string {
  return hash("sha256", bytes);
}

async function readBytes(path: string, start: number, bytes: number): Promise<Buffer> {
  try {
    const file = await open(path, "r");
    try {
      const buffer = Buffer.alloc(bytes);
      let filled = 0;
      for (let read = 1; read > 0 && filled < bytes; filled += read) {
        ({ bytesRead: read } = await file.read(buffer, filled, bytes - filled, start + filled));
      }
      return buffer.subarray(0, filled);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new MedembedError("not-found", `${path} cannot be read: ${(cause as NodeJS.ErrnoException).code}`, { cause });
  }
}

import { createHash, type Hash } from "node:crypto";
import { open } from "node:fs/promises";
import { MedembedError } from "../errors.ts";
import { oneByOne } from "../in-parallel.ts";
import { hashInput, type InputFile } from "./input-files.ts";
import { piecesOf, readCsv } from "./read-csv.ts";
import { type Fault, type InputRow, parseRow, type RowLayout, readRawRows } from "./read-rows.ts";

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
  /** SHA-256 of the cells. */
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
 * Cuts the rows of a file, without looking into their cells, reading it once.
 * @throws MedembedError "not-found"
 */
export async function* cutRows(
  input: InputFile,
  { skip, size }: CutOptions,
  onEnd: (file: CutFile) => void,
): AsyncGenerator<CutRows> {
  const whole = createHash("sha256");
  const pieces = async function* () {
    for await (const piece of piecesOf(input.path)) {
      whole.update(piece);
      yield piece;
    }
  };
  let count = 0;
  let isBroken = false;
  let growing: GrowingRange | undefined;
  for await (const raw of readRawRows(pieces())) {
    if (raw.row !== undefined) count++;
    if ("fault" in raw) {
      if (growing) yield cut(growing, input);
      growing = undefined;
      isBroken = true;
      yield { fault: raw.fault, row: raw.row };
      break;
    }
    if (raw.row < skip) continue;
    const { row, layout, start, end } = raw;
    growing ??= { layout, first: row, start, end, rows: [], content: createHash("sha256") };
    growing.end = end;
    growing.rows.push({ row, bytes: end - start });
    addCells(growing.content, raw.cells);
    if (growing.rows.length < size.rows && end - growing.start < size.bytes) continue;
    yield cut(growing, input);
    growing = undefined;
  }
  if (growing) yield cut(growing, input);
  // What follows a break was not read.
  onEnd({ sha256: isBroken ? await hashInput(input) : whole.digest("hex"), rows: count });
}

interface GrowingRange extends Pick<RowRange, "layout" | "first" | "start"> {
  end: number;
  readonly rows: { readonly row: number; readonly bytes: number }[];
  readonly content: Hash;
}

function cut({ layout, first, start, end, rows, content }: GrowingRange, { file }: InputFile): CutRows {
  return { range: { file, layout, first, start, bytes: end - start, content: content.digest("hex") }, rows };
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
  const found = createHash("sha256");
  const rows: InputRow[] = [];
  try {
    for await (const { cells } of readCsv(oneByOne([await readBytes(path, start, bytes)]), { start })) {
      addCells(found, cells);
      rows.push(parseRow(first + rows.length, layout, cells));
    }
  } catch (error) {
    if (error instanceof MedembedError && error.code === "invalid-request") return undefined; // it was sound
    throw error;
  }
  return found.digest("hex") === content ? rows : undefined;
}

/** No other cells have the same hash. */
function addCells(hash: Hash, cells: readonly string[]): void {
  for (const cell of cells) hash.update(`${cell.length} `).update(cell, "latin1");
  hash.update("\n");
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

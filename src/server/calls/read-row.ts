import { MedembedError } from "../../errors.ts";
import { decodeAscii, decodeBase64, isAddress } from "../../formats/decode-base64.ts";
import { LongString } from "./long-strings.ts";
import type { ParsedRow } from "./parsed-call.ts";

const COLUMNS = ["image", "text"] as const;
type Column = (typeof COLUMNS)[number];

/** A row of JSON cells: the image in base64, the text as it is. Nothing, null and "" are all absent. */
export function readRow(cells: Readonly<Partial<Record<Column, unknown>>>): ParsedRow {
  const halves: Pick<ParsedRow, Column | "imageUrl"> = {};
  for (const column of COLUMNS) {
    try {
      Object.assign(halves, READERS[column](readCell(cells[column])));
    } catch (error) {
      if (!(error instanceof MedembedError)) throw error;
      return { fault: { code: error.code, message: error.message, column } };
    }
  }
  if (Object.keys(halves).length > 0) return halves;
  return { fault: { code: "empty-row", message: "it has neither an image nor a text" } };
}

/** The bytes of an image file, as they came. They are copied: the body holds others, too. */
export function readImageBytes(bytes: Uint8Array): ParsedRow {
  if (bytes.length > 0) return { image: Uint8Array.from(bytes) };
  return { fault: { code: "corrupt-image", message: "it holds no bytes", column: "image" } };
}

/** @param bytes a text in UTF-8 */
export function readTextBytes(bytes: Uint8Array): ParsedRow {
  try {
    return readRow({ text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) });
  } catch {
    return { fault: { code: "invalid-text", message: "it is not UTF-8", column: "text" } };
  }
}

/** A cell with content, or undefined. */
function readCell(cell: unknown): string | LongString | undefined {
  if (cell === undefined || cell === null || cell === "") return undefined;
  if (typeof cell === "string" || cell instanceof LongString) return cell;
  throw new MedembedError("invalid-request", "a cell must be a string or null");
}

/** What a cell gives of its row; nothing when it is absent. */
const READERS = {
  image: (cell: string | LongString | undefined) => {
    if (cell === undefined) return undefined;
    if (cell instanceof LongString) return { image: decodeAscii(cell.bytes) };
    return isAddress(cell) ? { imageUrl: cell.trim() } : { image: decodeBase64(cell) };
  },
  /** Verbatim; of white space only it says nothing. */
  text: (cell: string | LongString | undefined) => {
    const text = cell?.toString() ?? "";
    return text.trim() === "" ? undefined : { text };
  },
} as const satisfies Record<Column, (cell: string | LongString | undefined) => Partial<ParsedRow> | undefined>;

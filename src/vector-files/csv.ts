import { createReadStream } from "node:fs";
import { open as openFile } from "node:fs/promises";
import { parse } from "csv-parse";
import { MedembedError } from "../errors.ts";
import { corruptRow, toColumns, toVector } from "./read-row.ts";
import type { RowShape, VectorRow, VectorWriter } from "./vector-file.ts";

/** A vector of four thousand values with all their digits, and texts beside it. */
const MAX_RECORD_BYTES = 2 ** 20;

/** A header, then a line for each row: the vector as a JSON list in the last column. RFC 4180, UTF-8. */
export async function open(path: string, { columns }: RowShape): Promise<VectorWriter> {
  const names = Object.keys(columns);
  const file = await openFile(path, "w");
  const write = (cells: readonly unknown[]) => file.writeFile(`${cells.map(cell).join(",")}\r\n`); // appends
  await write([...names, "vector"]).catch(async (error) => {
    await file.close();
    throw error;
  });
  return {
    write: (values, vector) => write([...names.map((name) => values[name]), JSON.stringify(Array.from(vector))]),
    close: () => file.close(),
  };
}

export async function* read(path: string): AsyncGenerator<VectorRow> {
  const columns = (header: string[]) => {
    if (header.includes("vector")) return header;
    throw new MedembedError("corrupt-vectors", `the header of ${path} has no column "vector"`);
  };
  const parser = parse({ columns, bom: true, max_record_size: MAX_RECORD_BYTES });
  const input = createReadStream(path).on("error", (error) => parser.destroy(error));
  let row = 0;
  for await (const { vector, ...cells } of input.pipe(parser)) {
    row++;
    const filled = Object.entries(cells as Record<string, string>).filter(([, text]) => text !== "");
    yield { columns: toColumns(Object.fromEntries(filled)), vector: toVector(parseList(vector, path, row), path, row) };
  }
}

function parseList(text: string | undefined, path: string, row: number): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    throw corruptRow(path, row, "has a vector that is no JSON list");
  }
}

/** RFC 4180, section 2: a cell with a comma, a quotation mark or a line break stands in quotation marks, which are doubled. */
function cell(value: unknown): string {
  const text = value === undefined ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { CsvError, parse } from "csv-parse";
import { MedembedError } from "../errors.ts";
import type { RecordLabels } from "./relabel.ts";

/** Longer than any row of labels. */
const MAX_RECORD_BYTES = 2 ** 20;

/**
 * The labels of a CSV file with a header: a column `path` or `id` says which record, every other column is a label. Paths are
 * those inside the folder of the file, or absolute ones; an empty cell says nothing.
 * @throws MedembedError "not-found", "usage" for a file that is no such table
 */
export async function* readLabelTable(file: string): AsyncGenerator<RecordLabels> {
  if (!(await stat(file).catch(() => undefined))?.isFile())
    throw new MedembedError("not-found", `there is no file ${file}`);
  const columns = (header: string[]) => {
    if (header.includes("path") !== header.includes("id")) return header;
    throw new MedembedError("usage", `the header of ${file} must have a column path or a column id`);
  };
  const parser = parse({ columns, bom: true, max_record_size: MAX_RECORD_BYTES });
  const input = createReadStream(file).on("error", (error) => parser.destroy(error));
  try {
    for await (const { path, id, ...cells } of input.pipe(parser)) {
      const labels = Object.fromEntries(Object.entries<string>(cells).filter(([, value]) => value !== ""));
      const key =
        id === undefined ? { field: "source", value: resolve(dirname(file), path) } : { field: "id", value: id };
      yield { key, labels } as RecordLabels;
    }
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new MedembedError("usage", `${file} is no table: ${cause.code}`, { cause });
  }
}

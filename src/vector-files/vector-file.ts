import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { MedembedError } from "../errors.ts";
import { jsonLines } from "./json-lines.ts";
import { vectorLines } from "./jsonl.ts";

/** What stands beside a vector, by column; what is unknown is absent. */
export type Columns = Readonly<Record<string, string | number | undefined>>;

/** What the rows of a file are made of. */
export interface RowShape {
  /** In their order; not "vector", which is the last one. */
  readonly columns: Readonly<Record<string, "text" | "number">>;
  /** Length of the vectors. */
  readonly dimensions: number;
}

/** Takes rows in order; after `close` the file is complete, also when the work was interrupted. */
export interface VectorWriter {
  write(columns: Columns, vector: Float32Array): Promise<void>;
  close(): Promise<void>;
}

/** A row that was read: what is no number is a text, and what is empty is absent. */
export interface VectorRow {
  readonly columns: Columns;
  readonly vector: Float32Array;
}

interface Format {
  readonly open: (path: string, shape: RowShape) => Promise<VectorWriter>;
  readonly read: (path: string) => AsyncGenerator<VectorRow>;
}

/** By the ending of the file's name. Loaded on demand: the columnar libraries take a while. */
const FORMATS: Readonly<Record<string, () => Promise<Format>>> = {
  ".jsonl": () => import("./jsonl.ts"),
  ".csv": () => import("./csv.ts"),
  ".npy": () => import("./npy.ts"),
  ".parquet": () => import("./parquet.ts"),
  ".arrow": () => import("./arrow.ts"),
};

/**
 * How to open the writer of a path; nothing is opened or overwritten yet.
 * @param path `undefined` writes JSON lines to standard output
 * @throws MedembedError "usage" for another ending; the writer: "write-failed"
 */
export function writerOf(path: string | undefined): (shape: RowShape) => Promise<VectorWriter> {
  if (path === undefined) return async () => vectorLines(jsonLines(process.stdout));
  const load = formatOf(path, "--out");
  const fail = (cause: NodeJS.ErrnoException) => {
    throw new MedembedError("write-failed", `cannot write ${path}: ${cause.code ?? cause}`, { cause });
  };
  return async (shape) => {
    const writer = await (await load()).open(path, shape).catch(fail);
    return {
      write: (columns, vector) => writer.write(columns, vector).catch(fail),
      close: () => writer.close().catch(fail),
    };
  };
}

/**
 * The rows of a file that `writerOf`, or another program, has written.
 * @throws MedembedError "usage" for another ending, "not-found", "corrupt-vectors"
 */
export async function* readVectors(path: string): AsyncGenerator<VectorRow> {
  const { read } = await formatOf(path, "the file")();
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw new MedembedError("not-found", `there is no file ${path}`);
  try {
    yield* read(path);
  } catch (cause) {
    if (cause instanceof MedembedError) throw cause;
    throw new MedembedError("corrupt-vectors", `${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

function formatOf(path: string, what: string): () => Promise<Format> {
  const load = FORMATS[extname(path).toLowerCase()];
  if (!load)
    throw new MedembedError("usage", `${what} ${path}: the name must end in ${Object.keys(FORMATS).join(", ")}`);
  return load;
}

import { extname } from "node:path";
import { MedembedError } from "../../errors.ts";
import { jsonLines, openJsonLines, vectorLines } from "./jsonl-writer.ts";

/** A vector with all that decides whether it compares with another one. */
export interface VectorRecord {
  readonly id: string;
  /** A volume is all slices of a file or series in one vector. */
  readonly kind: "image" | "text" | "volume";
  readonly model: string;
  /** SHA-256 of the weights. */
  readonly weights: string;
  readonly profile: string;
  readonly precision: string;
  readonly vector: Float32Array;
}

/** Takes records in order; after `close` the file is complete, also when the work was interrupted. */
export interface VectorWriter {
  write(record: VectorRecord): Promise<void>;
  close(): Promise<void>;
}

/** By the ending of the file's name. Loaded on demand: the columnar libraries take a while. */
const WRITERS: Readonly<Record<string, (path: string, dimensions: number) => Promise<VectorWriter>>> = {
  ".jsonl": async (path) => vectorLines(await openJsonLines(path)),
  ".npy": async (...to) => (await import("./npy-writer.ts")).openNpyFile(...to),
  ".parquet": async (...to) => (await import("./parquet-writer.ts")).openParquetFile(...to),
};

/**
 * How to open the writer of a path for vectors of so many dimensions; nothing is opened or overwritten yet.
 * @param path `undefined` writes JSON lines to standard output
 * @throws MedembedError "usage" for another ending; the writer: "write-failed"
 */
export function writerOf(path: string | undefined): (dimensions: number) => Promise<VectorWriter> {
  if (path === undefined) return async () => vectorLines(jsonLines(process.stdout));
  const open = WRITERS[extname(path).toLowerCase()];
  if (!open) throw new MedembedError("usage", `--out ${path}: the name must end in ${Object.keys(WRITERS).join(", ")}`);
  const fail = (cause: NodeJS.ErrnoException) => {
    throw new MedembedError("write-failed", `cannot write ${path}: ${cause.code ?? cause}`, { cause });
  };
  return async (dimensions) => {
    const writer = await open(path, dimensions).catch(fail);
    return { write: (record) => writer.write(record).catch(fail), close: () => writer.close().catch(fail) };
  };
}

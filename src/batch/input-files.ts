import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { MedembedError } from "../errors.ts";
import { hashFile } from "../models/hash-file.ts";

/** Whatever the case; not what editors and file managers leave beside, such as `._rows.csv`. */
const CSV_NAME = /^[^.].*\.csv$/is;

export interface InputFile {
  /** Inside the folder, as outputs name it. */
  readonly file: string;
  readonly path: string;
  readonly bytes: number;
}

/**
 * The CSV files of a folder in the order of their names, by code units; what lies in folders below is not looked at.
 * @throws MedembedError "not-found" for a folder that is not there or has none
 */
export async function listInputFiles(folder: string): Promise<InputFile[]> {
  const names = await orNotFound(folder, readdir(folder));
  const files: InputFile[] = [];
  for (const file of names.filter((name) => CSV_NAME.test(name)).sort()) {
    const path = join(folder, file);
    const found = await orNotFound(path, stat(path));
    if (found.isFile()) files.push({ file, path, bytes: found.size });
  }
  if (files.length === 0) throw new MedembedError("not-found", `the folder ${folder} has no file that ends in .csv`);
  return files;
}

/** SHA-256, as hexadecimal digits. @throws MedembedError "not-found" */
export function hashInput({ path }: InputFile): Promise<string> {
  return orNotFound(path, hashFile(path));
}

/** Changes whenever the file is written to. @throws MedembedError "not-found" */
export async function identityOf({ path }: InputFile): Promise<string> {
  const { size, mtimeNs, ino } = await orNotFound(path, stat(path, { bigint: true }));
  return [size, mtimeNs, ino].join(" ");
}

function orNotFound<Found>(path: string, reading: Promise<Found>): Promise<Found> {
  return reading.catch((cause: NodeJS.ErrnoException) => {
    throw new MedembedError("not-found", `${path} cannot be read: ${cause.code}`, { cause });
  });
}

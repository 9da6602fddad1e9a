import { createReadStream } from "node:fs";
import { open, readFile, stat } from "node:fs/promises";
import { MedembedError } from "../errors.ts";
import { MAX_FILE_BYTES } from "../formats/image-limits.ts";
import type { ByteSource } from "../formats/nifti/read-nifti.ts";
import { oneByOne } from "../in-parallel.ts";
import type { FileSource } from "./preparation.ts";

const PIECE_BYTES = 2 ** 20;

/** All of a file. @throws MedembedError "not-found", "image-too-large" */
export async function readSource(file: FileSource): Promise<Uint8Array> {
  if (typeof file !== "string") return file;
  await sizeOf(file);
  return readFile(file).catch(refuse);
}

/** A file in pieces. @throws MedembedError "not-found", "image-too-large" */
export async function streamSource(file: FileSource): Promise<ByteSource> {
  if (typeof file === "string") {
    return { size: await sizeOf(file), pieces: piecesOf(file) };
  }
  return { size: file.length, pieces: oneByOne([file]) };
}

/** The first bytes of a file, at most so many. @throws MedembedError "not-found", "image-too-large" */
export async function readBeginning(path: string, length: number): Promise<Uint8Array> {
  await sizeOf(path);
  const file = await open(path).catch(refuse);
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** How long a file is. @throws MedembedError "not-found", "image-too-large" */
export async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw new MedembedError("not-found", "no such file");
  if (found.size > MAX_FILE_BYTES) {
    throw new MedembedError("image-too-large", `${found.size} bytes, at most ${MAX_FILE_BYTES} are read`);
  }
  return found.size;
}

async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: PIECE_BYTES });
  } catch (error) {
    refuse(error as NodeJS.ErrnoException);
  }
}

/** A file that is there and may not be read. */
function refuse(cause: NodeJS.ErrnoException): never {
  throw new MedembedError("not-found", `the file cannot be read: ${cause.code ?? "unknown reason"}`, { cause });
}

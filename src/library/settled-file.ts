import { readFile, stat } from "node:fs/promises";
import { MedembedError } from "../errors.ts";
import { MAX_FILE_BYTES } from "../formats/image-limits.ts";

/** What changes whenever a file is written to. */
export interface FileState {
  readonly bytes: number;
  /** In ms since 1970. */
  readonly modified: number;
}

/** @throws MedembedError "not-found" for what is no file, "image-too-large" */
export async function stateOf(path: string): Promise<FileState> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw new MedembedError("not-found", "no such file");
  if (found.size > MAX_FILE_BYTES) {
    throw new MedembedError("image-too-large", `${found.size} bytes, at most ${MAX_FILE_BYTES} are read`);
  }
  return { bytes: found.size, modified: found.mtimeMs };
}

/**
 * The bytes of a file that nobody writes to meanwhile.
 * @param state from before
 * @throws MedembedError "not-found", "corrupt-image" for a file that has changed since
 */
export async function readSettled(path: string, state: FileState): Promise<Uint8Array> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new MedembedError("not-found", `the file cannot be read: ${cause.code}`, { cause });
  });
  const { bytes: size, modified } = await stateOf(path);
  if (size !== bytes.length || size !== state.bytes || modified !== state.modified) {
    throw new MedembedError("corrupt-image", "the file was written to while it was read; add it when it is complete");
  }
  return bytes;
}

import { readFile, stat } from "node:fs/promises";
import { type ErrorCode, MedembedError } from "../errors.ts";

/** A text file of a model's folder, unless it is longer than any real one. @throws MedembedError with the given code */
export async function readText(path: string, maxBytes: number, code: ErrorCode = "invalid-config"): Promise<string> {
  const { size } = await stat(path);
  if (size > maxBytes) throw new MedembedError(code, `${path} has ${size} bytes, at most ${maxBytes} are read`);
  return readFile(path, "utf8");
}

/** @throws MedembedError "invalid-config" */
export async function readJson(path: string, maxBytes: number): Promise<unknown> {
  const text = await readText(path, maxBytes);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MedembedError("invalid-config", `${path} is not JSON`, { cause });
  }
}

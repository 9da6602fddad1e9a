import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { MedembedError } from "../errors.ts";

/** A few vectors of a few kilobytes each. */
const MAX_GOLDEN_BYTES = 4 * 2 ** 20;

/** Vectors that the model's makers computed in another implementation, shipped as `golden.json` beside the weights. */
export interface Golden {
  /** The implementation, e.g. "PyTorch 2.13.0, float32". */
  readonly source: string;
  readonly profile: string;
  /** Largest difference of a value at fp32. */
  readonly tolerance: number;
  readonly images: readonly { readonly png: string; readonly vector: readonly number[] }[];
  readonly texts: readonly { readonly text: string; readonly vector: readonly number[] }[];
}

/** The golden vectors of a checkpoint or bundle folder, if it has any. @throws MedembedError "invalid-config" */
export async function readGolden(folder: string): Promise<Golden | undefined> {
  const path = join(folder, "golden.json");
  const found = await stat(path).catch(() => undefined);
  if (!found) return undefined;
  if (found.size > MAX_GOLDEN_BYTES)
    throw new MedembedError("invalid-config", `${path} has ${found.size} bytes, at most ${MAX_GOLDEN_BYTES} are read`);
  try {
    return JSON.parse(await readFile(path, "utf8")) as Golden;
  } catch (cause) {
    throw new MedembedError("invalid-config", `${path} is not JSON`, { cause });
  }
}

import { stat } from "node:fs/promises";
import { join } from "node:path";
import { MedembedError } from "../errors.ts";
import { readJson } from "./read-text.ts";

/** Its name, in a checkpoint beside `config.yaml` and in a bundle. */
export const GOLDEN_FILE = "golden.json";
/** A few vectors of a few kilobytes each. */
export const MAX_GOLDEN_BYTES = 4 * 2 ** 20;

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

/** The golden vectors of a bundle, if its checkpoint had any. @throws MedembedError "invalid-config" */
export async function readGolden(folder: string): Promise<Golden | undefined> {
  const path = join(folder, GOLDEN_FILE);
  if (!(await stat(path).catch(() => undefined))) return undefined;
  const golden = await readJson(path, MAX_GOLDEN_BYTES);
  if (!isGolden(golden)) {
    throw new MedembedError(
      "invalid-config",
      `${path} must have source, profile, a tolerance, images {png, vector} and texts {text, vector}`,
    );
  }
  return golden;
}

function isGolden(value: unknown): value is Golden {
  const { source, profile, tolerance, images, texts } = (value ?? {}) as Record<string, unknown>;
  const isList = (list: unknown, key: "png" | "text") =>
    Array.isArray(list) && list.every((item) => typeof item?.[key] === "string" && isVector(item.vector));
  return (
    typeof source === "string" &&
    typeof profile === "string" &&
    typeof tolerance === "number" &&
    isList(images, "png") &&
    isList(texts, "text")
  );
}

function isVector(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((element) => typeof element === "number");
}

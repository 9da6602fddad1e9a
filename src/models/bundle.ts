import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { MedembedError } from "../errors.ts";
import { type ModelCard, readCard } from "./card.ts";
import { hashFile } from "./hash-file.ts";

/** The files that the engine runs; everything is inside one folder, so that it can be moved as a whole. */
export const BUNDLE_FILES = [
  "image.onnx",
  "image.onnx.data",
  "text.onnx",
  "text.onnx.data",
  "vocab.json",
  "merges.txt",
] as const;

/** How the linear layers are computed; everything else is float32 on every rung. */
export const PRECISIONS = ["fp32", "int8"] as const;
export type Precision = (typeof PRECISIONS)[number];

/** The card of a bundle: what its checkpoint's card says, and what the builder measured and wrote. */
export interface BundleCard extends ModelCard {
  readonly builderVersion: number;
  readonly precision: Precision;
  /** SHA-256 of the checkpoint's weights file: together with the profile it tells which vectors compare. */
  readonly weights: string;
  readonly image: { readonly height: number; readonly width: number };
  readonly contextLength: number;
  /** Length of the vectors. */
  readonly projection: number;
  /** The natural logarithm of the factor on cosines in zero-shot classification, as stored in the checkpoint. */
  readonly logitScale: number;
  /** SHA-256 by file name. */
  readonly files: Readonly<Record<string, string>>;
}

/** What the engine runs, built from a checkpoint once. */
export interface Bundle {
  readonly folder: string;
  readonly card: BundleCard;
}

/** Whether the folder holds a built model rather than a checkpoint. */
export async function isBundle(folder: string): Promise<boolean> {
  return (await stat(join(folder, "image.onnx")).catch(() => undefined))?.isFile() ?? false;
}

/**
 * Reads the card and checks that every file is there; `medembed verify` compares the hashes as well.
 * @throws MedembedError "corrupt-bundle"
 */
export async function readBundle(folder: string): Promise<Bundle> {
  const card = (await readCard(join(folder, "card.json")).catch((cause) => {
    throw broken(folder, "it has no readable card.json", cause);
  })) as BundleCard;
  const isComplete =
    PRECISIONS.includes(card.precision) &&
    [card.builderVersion, card.contextLength, card.projection, card.image?.height, card.image?.width].every(
      (size) => Number.isInteger(size) && size > 0,
    ) &&
    typeof card.weights === "string" &&
    typeof card.logitScale === "number" &&
    BUNDLE_FILES.every((file) => typeof card.files?.[file] === "string");
  if (!isComplete) throw broken(folder, "its card.json is not the card of a bundle");
  for (const file of BUNDLE_FILES) {
    const found = await stat(join(folder, file)).catch(() => undefined);
    if (!found?.isFile() || found.size === 0) throw broken(folder, `its ${file} is missing or empty`);
  }
  return { folder, card };
}

function broken(folder: string, reason: string, cause?: unknown): MedembedError {
  const remedy = "delete the folder and it is built again from its checkpoint";
  return new MedembedError("corrupt-bundle", `the bundle ${folder} is broken, ${reason}; ${remedy}`, { cause });
}

/** The files of a bundle whose contents are not what the builder wrote; one that is gone counts as well. */
export async function changedFiles({ folder, card }: Bundle): Promise<string[]> {
  const changed: string[] = [];
  for (const [name, expected] of Object.entries(card.files)) {
    const path = join(folder, name);
    const isThere = basename(name) === name && (await stat(path).catch(() => undefined))?.isFile();
    if (!isThere || (await hashFile(path)) !== expected) changed.push(name);
  }
  return changed;
}

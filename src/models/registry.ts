import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MedembedError } from "../errors.ts";

/** The models that ship with the package, one checkpoint folder each. */
const SHIPPED_MODELS = fileURLToPath(new URL("../../models/", import.meta.url));

export const DEFAULT_MODEL = "medembed-nano";

export async function shippedModels(): Promise<string[]> {
  const entries = await readdir(SHIPPED_MODELS, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/**
 * The folder that `--model` means: a shipped model by its name, or any checkpoint or bundle folder by its path.
 * @throws MedembedError "not-found"
 */
export async function modelFolder(nameOrFolder: string): Promise<string> {
  const shipped = await shippedModels();
  if (shipped.includes(nameOrFolder)) return join(SHIPPED_MODELS, nameOrFolder);
  const isFolder = (await stat(nameOrFolder).catch(() => undefined))?.isDirectory() ?? false;
  if (isFolder) return nameOrFolder;
  throw new MedembedError("not-found", `no model "${nameOrFolder}": neither a folder nor one of ${shipped.join(", ")}`);
}

import { readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { MedembedError } from "../errors.ts";
import { GOLDEN_FILE } from "./golden.ts";

/** Folders that the published layouts put between the model folder and its config.yaml. */
const CONFIG_FOLDERS = ["", "artifacts/checkpoints", "mlflow_model_folder/artifacts/checkpoints", "2024.09.27"];
/** Names under which weights are published; what is inside is recognised by content. */
const WEIGHTS_NAME = /\.(pt|pth|bin|ckpt|safetensors)$/;

/** The files of a checkpoint in the official layout, as absolute paths. */
export interface CheckpointFolder {
  readonly name: string;
  readonly config: string;
  readonly weights: string;
  readonly vocabulary: string;
  readonly merges: string;
  /** What its makers say about it; ours has one, the published checkpoint has none. */
  readonly card: string | undefined;
  /** Vectors that its makers computed, for `medembed verify`; ours has some. */
  readonly golden: string | undefined;
}

/**
 * Finds config, weights and tokenizer files:
 *
 *     config.yaml · vision_model/<weights> · language_model/<tokenizer>/{vocab.json, merges.txt} · card.json, golden.json (optional)
 *
 * at the top or in `artifacts/checkpoints` or `2024.09.27`, where the published folders keep them.
 * @throws MedembedError "not-found" with what is missing and where it was looked for
 */
export async function locateCheckpoint(folder: string): Promise<CheckpointFolder> {
  const root = await configFolder(resolve(folder));
  const weights = await onlyWeightsFile(root);
  const tokenizer = await tokenizerFolder(root);
  return {
    name: basename(resolve(folder)),
    config: join(root, "config.yaml"),
    weights,
    vocabulary: join(tokenizer, "vocab.json"),
    merges: join(tokenizer, "merges.txt"),
    card: await ifFile(join(root, "card.json")),
    golden: await ifFile(join(root, GOLDEN_FILE)),
  };
}

async function configFolder(folder: string): Promise<string> {
  for (const inner of CONFIG_FOLDERS) {
    if (await isFile(join(folder, inner, "config.yaml"))) return join(folder, inner);
  }
  const places = CONFIG_FOLDERS.map((inner) => join(inner, "config.yaml")).join(", ");
  throw new MedembedError("not-found", `${folder} is no checkpoint: it has none of ${places}`);
}

async function onlyWeightsFile(root: string): Promise<string> {
  const found: string[] = [];
  for (const folder of [join(root, "vision_model"), root]) {
    for (const name of await namesIn(folder)) {
      if (WEIGHTS_NAME.test(name) && (await isFile(join(folder, name)))) found.push(join(folder, name));
    }
    if (found.length > 0) break;
  }
  if (found.length === 1) return found[0];
  const reason =
    found.length === 0
      ? "no weights (.pt, .pth, .bin, .ckpt, .safetensors)"
      : `several weights: ${found.map((path) => basename(path)).join(", ")}`;
  throw new MedembedError("not-found", `${root} has ${reason}; one file is needed, in vision_model/ or at the top`);
}

async function tokenizerFolder(root: string): Promise<string> {
  const inner = async (folder: string) => (await namesIn(folder)).map((name) => join(folder, name));
  const candidates = [
    root,
    join(root, "tokenizer"),
    join(root, "language_model"),
    ...(await inner(join(root, "language_model"))),
  ];
  for (const folder of candidates) {
    if ((await isFile(join(folder, "vocab.json"))) && (await isFile(join(folder, "merges.txt")))) return folder;
  }
  throw new MedembedError(
    "not-found",
    `${root} has no vocab.json and merges.txt in language_model/<name>/, language_model/, tokenizer/ or at the top`,
  );
}

async function namesIn(folder: string): Promise<string[]> {
  return (await isFolder(folder)) ? (await readdir(folder)).sort() : [];
}

async function ifFile(path: string): Promise<string | undefined> {
  return (await isFile(path)) ? path : undefined;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

import { randomUUID } from "node:crypto";
import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { TSchema } from "typebox";
import { openWeights } from "../convert/weights-file.ts";
import { writeSafetensors } from "../convert/write-safetensors.ts";
import { MedembedError } from "../errors.ts";
import { hashFile } from "../models/hash-file.ts";
import { readJson } from "../models/read-text.ts";
import { schemaFault } from "../schema-fault.ts";
import type { Tensor, Tensors } from "./heads/head.ts";

/** What was fitted is a folder of two files: a card, and tensors whose hash it has. Nothing in them is code. */
export interface TensorFolder {
  /** For messages: "adapter". */
  readonly what: string;
  readonly cardFile: string;
  /** Of the card, with `weights`, the SHA-256 of the tensors. */
  readonly schema: TSchema;
  readonly maxCardBytes: number;
}

const WEIGHTS_FILE = "weights.safetensors";

/**
 * Writes a new folder, whole or not at all.
 * @throws MedembedError "usage" for a place that is taken, "write-failed"
 */
export async function saveTensorFolder(
  { cardFile }: TensorFolder,
  folder: string,
  card: object,
  tensors: Tensors,
): Promise<void> {
  if (await stat(folder).catch(() => undefined)) throw new MedembedError("usage", `${folder} exists already`);
  const temporary = join(dirname(folder), `.${randomUUID()}`);
  try {
    await mkdir(temporary, { recursive: true });
    const weights = join(temporary, WEIGHTS_FILE);
    await writeTensors(weights, tensors);
    const file = { ...card, weights: await hashFile(weights) };
    await writeFile(join(temporary, cardFile), `${JSON.stringify(file, null, 2)}\n`);
    await rename(temporary, folder);
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true });
    throw new MedembedError("write-failed", `cannot write ${folder}: ${(cause as NodeJS.ErrnoException).code}`, {
      cause,
    });
  }
}

/** The card alone. @throws MedembedError "not-found", "invalid-config", "invalid-data" */
export async function readCard<Card>(
  { what, cardFile, schema, maxCardBytes }: TensorFolder,
  folder: string,
): Promise<Card & { readonly weights: string }> {
  const path = join(folder, cardFile);
  if (!(await stat(path).catch(() => undefined))?.isFile()) {
    throw new MedembedError("not-found", `${folder} is no ${what}: it has no ${cardFile}`);
  }
  const file = await readJson(path, maxCardBytes);
  const fault = schemaFault(schema, file);
  if (fault) {
    throw new MedembedError("invalid-config", `${path}: ${fault.path.join(".") || "the card"} ${fault.reason}`);
  }
  return file as Card & { readonly weights: string };
}

/** The tensors that a card belongs to. @param expected their hash @throws MedembedError "corrupt-checkpoint" for others */
export async function readFolderTensors(
  { cardFile }: TensorFolder,
  folder: string,
  expected: string,
): Promise<Tensors> {
  const weights = join(folder, WEIGHTS_FILE);
  if (!(await stat(weights).catch(() => undefined))?.isFile() || (await hashFile(weights)) !== expected) {
    throw new MedembedError("corrupt-checkpoint", `${weights} is not the file that its ${cardFile} belongs to`);
  }
  return readTensors(weights);
}

/**
 * The tensors of a state dict, in any format that PyTorch or safetensors write.
 * @throws MedembedError "not-found", "corrupt-checkpoint", "wrong-checkpoint"
 */
export async function readTensors(path: string): Promise<Tensors> {
  const file = await openWeights(path);
  try {
    const tensors: [string, Tensor][] = [];
    for (const { name, shape } of file.tensors.values()) {
      const values = await file.readFloat32(name);
      if (!values.every(Number.isFinite)) {
        throw new MedembedError("corrupt-checkpoint", `${path}: a tensor holds what is no finite number`);
      }
      tensors.push([name, { shape, values }]);
    }
    return Object.fromEntries(tensors);
  } finally {
    await file.close();
  }
}

export async function writeTensors(path: string, tensors: Tensors): Promise<void> {
  const named = Object.entries(tensors).map(([name, { shape, values }]) => ({ name, shape, values: () => values }));
  await writeSafetensors(path, named);
}

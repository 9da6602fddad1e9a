import { randomUUID } from "node:crypto";
import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import Type from "typebox";
import { openWeights } from "../../convert/weights-file.ts";
import { writeSafetensors } from "../../convert/write-safetensors.ts";
import { MedembedError } from "../../errors.ts";
import { hashFile } from "../../models/hash-file.ts";
import { readJson } from "../../models/read-text.ts";
import { schemaFault } from "../../schema-fault.ts";
import type { Tensor, Tensors } from "../heads/head.ts";
import { HEADS, settingsOf } from "../heads/kinds.ts";
import { OPERATING_POINTS } from "../operating-points/operating-points.ts";
import { Adapter, type AdapterCard } from "./adapter.ts";

/** An adapter is a folder of these two. */
const [CARD_FILE, WEIGHTS_FILE] = ["adapter.json", "weights.safetensors"];
/** Thresholds with their intervals for ten thousand labels. */
const MAX_CARD_BYTES = 64 * 2 ** 20;
/** Of the card; another one is read by another version. */
const FORMAT = 1;

const closed = { additionalProperties: false };
const estimate = Type.Object({
  value: Type.Union([Type.Number(), Type.Null()]),
  low: Type.Union([Type.Number(), Type.Null()]),
  high: Type.Union([Type.Number(), Type.Null()]),
});
const text = Type.String({ minLength: 1 });

const CardSchema = Type.Object(
  {
    format: Type.Literal(FORMAT),
    labels: Type.Array(text, { minItems: 2, uniqueItems: true }),
    space: Type.Object({ model: text, weights: text, profile: text, dimensions: Type.Integer({ minimum: 1 }) }, closed),
    head: Type.Enum(Object.keys(HEADS)),
    settings: Type.Record(Type.String(), Type.Unknown()),
    temperature: Type.Number({ exclusiveMinimum: 0 }),
    operatingPoints: Type.Record(
      Type.String(),
      Type.Partial(
        Type.Object(
          Object.fromEntries(Object.keys(OPERATING_POINTS).map((name) => [name, Type.Record(Type.String(), estimate)])),
          closed,
        ),
      ),
    ),
    training: Type.Optional(Type.Unknown()),
    /** SHA-256 of the weights file. */
    weights: Type.String({ pattern: "^[0-9a-f]{64}$" }),
  },
  closed,
);

/**
 * Writes an adapter as a new folder, whole or not at all.
 * @throws MedembedError "usage" for a place that is taken, "write-failed"
 */
export async function saveAdapter({ card, tensors }: Adapter, folder: string): Promise<void> {
  if (await stat(folder).catch(() => undefined)) throw new MedembedError("usage", `${folder} exists already`);
  const temporary = join(dirname(folder), `.${randomUUID()}`);
  try {
    await mkdir(temporary, { recursive: true });
    const weights = join(temporary, WEIGHTS_FILE);
    await writeTensors(weights, tensors);
    const file = { format: FORMAT, ...card, weights: await hashFile(weights) };
    await writeFile(join(temporary, CARD_FILE), `${JSON.stringify(file, null, 2)}\n`);
    await rename(temporary, folder);
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true });
    throw new MedembedError("write-failed", `cannot write ${folder}: ${(cause as NodeJS.ErrnoException).code}`, {
      cause,
    });
  }
}

/** @throws MedembedError "not-found", "invalid-config" or "corrupt-checkpoint" for what is no adapter or a changed one */
export async function openAdapter(folder: string): Promise<Adapter> {
  const { weights: expected, ...card } = await readAdapterCard(folder);
  const weights = join(folder, WEIGHTS_FILE);
  if (!(await stat(weights).catch(() => undefined))?.isFile() || (await hashFile(weights)) !== expected) {
    throw new MedembedError("corrupt-checkpoint", `${weights} is not the file that its ${CARD_FILE} belongs to`);
  }
  return new Adapter(card, await readTensors(weights));
}

/**
 * What an adapter is, without its weights.
 * @returns with the hash of its weights file @throws MedembedError "not-found", "invalid-config", "invalid-data"
 */
export async function readAdapterCard(folder: string): Promise<AdapterCard & { readonly weights: string }> {
  const path = join(folder, CARD_FILE);
  if (!(await stat(path).catch(() => undefined))?.isFile()) {
    throw new MedembedError("not-found", `${folder} is no adapter: it has no ${CARD_FILE}`);
  }
  const file = await readJson(path, MAX_CARD_BYTES);
  const fault = schemaFault(CardSchema, file);
  if (fault) {
    throw new MedembedError("invalid-config", `${path}: ${fault.path.join(".") || "the card"} ${fault.reason}`);
  }
  const { format, ...card } = file as AdapterCard & { readonly format: number; readonly weights: string };
  return { ...card, settings: settingsOf(card.head, card.settings) };
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

import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { MedembedError } from "../errors.ts";
import { type Bundle, type BundleCard, type Precision, readBundle } from "../models/bundle.ts";
import { cardOf, readCard } from "../models/card.ts";
import type { CheckpointFolder } from "../models/checkpoint-folder.ts";
import { GOLDEN_FILE, MAX_GOLDEN_BYTES } from "../models/golden.ts";
import { MAX_CONFIG_BYTES, type ModelConfig, parseModelConfig } from "../models/model-config.ts";
import { readText } from "../models/read-text.ts";
import { Tokenizer } from "../text/tokenizer.ts";
import { imageTower } from "./davit.ts";
import type { Network } from "./layers.ts";
import { OnnxGraph } from "./onnx-graph.ts";
import { expectedTensors, matchStateDict } from "./state-dict.ts";
import { textTower } from "./text-transformer.ts";
import { openWeights } from "./weights-file.ts";
import { writeOnnx } from "./write-onnx.ts";

/** Raised with every change of the graph or of the weights' treatment: it is part of the cache key and of every card. */
export const BUILDER_VERSION = 1;

/** The published vocabulary has 862 kB; stops a forged one from filling the memory. */
const MAX_VOCABULARY_BYTES = 64 * 2 ** 20;
/** No build takes so long: what is older was left by a process that was killed. */
const ABANDONED_AFTER_MS = 24 * 3_600_000;

export interface BuildOptions {
  readonly precision: Precision;
  /** SHA-256 of the weights file. */
  readonly weightsHash: string;
  /** @param done share of the weights written, 0 to 1 */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/**
 * Builds the bundle of a checkpoint. The folder appears complete or not at all: it is written beside its place, flushed
 * and renamed. Weights are streamed, one tensor in memory at a time.
 * @param folder must not exist yet; when another process has put the same bundle there meanwhile, that one is returned
 */
export async function buildBundle(
  checkpoint: CheckpointFolder,
  folder: string,
  options: BuildOptions,
): Promise<Bundle> {
  const temporary = `${folder}.building-${randomUUID()}`;
  await makeFolder(temporary);
  await removeAbandoned(folder);
  try {
    await writeBundle(checkpoint, temporary, options);
    await flushFolder(temporary);
    await renameUnlessBuilt(temporary, folder);
    await flushFolder(dirname(folder));
  } catch (error) {
    throw isSystemError(error) ? writeFailed(folder, error) : error; // a full disk, most of the time
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return readBundle(folder);
}

async function writeBundle(
  checkpoint: CheckpointFolder,
  folder: string,
  { precision, weightsHash, onProgress }: BuildOptions,
): Promise<void> {
  const config = parseModelConfig(await readText(checkpoint.config, MAX_CONFIG_BYTES));
  const vocabulary = await readText(checkpoint.vocabulary, MAX_VOCABULARY_BYTES, "invalid-vocabulary");
  const merges = await readText(checkpoint.merges, MAX_VOCABULARY_BYTES, "invalid-vocabulary");
  const tokenizer = Tokenizer.parse(vocabulary, merges, config.text.contextLength);
  const files: Record<string, string> = {};
  const copies = { "vocab.json": vocabulary, "merges.txt": merges } as Record<string, string>;
  if (checkpoint.golden) copies[GOLDEN_FILE] = await readText(checkpoint.golden, MAX_GOLDEN_BYTES);
  for (const [name, text] of Object.entries(copies)) {
    await writeFile(join(folder, name), text, { flush: true });
    files[name] = createHash("sha256").update(text).digest("hex");
  }

  const weights = await openWeights(checkpoint.weights);
  try {
    const stored = matchStateDict(weights, expectedTensors(config, tokenizer.vocabularySize));
    const readWeight = async (name: string) => {
      const tensor = stored.get(name);
      if (!tensor) throw new Error(`the graph asks for ${name}, which is no tensor of the model`);
      const values = await weights.readFloat32(tensor.name);
      if (values.some((value) => !Number.isFinite(value))) {
        throw new MedembedError("wrong-checkpoint", `tensor ${name} holds values that are no finite numbers`);
      }
      return values;
    };
    const graphs = towers(config, tokenizer.vocabularySize, { readWeight, precision });
    const total = graphs.flatMap(({ graph }) => graph.externalTensors).length;
    let written = 0;
    for (const { name, graph } of graphs) {
      Object.assign(files, await writeOnnx(graph, folder, name, () => onProgress?.(++written / total)));
    }
    const card: BundleCard = {
      ...(checkpoint.card ? await readCard(checkpoint.card) : cardOf(checkpoint.name)),
      builderVersion: BUILDER_VERSION,
      precision,
      weights: weightsHash,
      image: { height: config.image.height, width: config.image.width },
      contextLength: config.text.contextLength,
      projection: config.projection,
      logitScale: (await readWeight("logit_scale"))[0],
      files,
    };
    await writeFile(join(folder, "card.json"), `${JSON.stringify(card, null, 2)}\n`, { flush: true });
  } finally {
    await weights.close();
  }
}

function towers(
  config: ModelConfig,
  vocabularySize: number,
  layers: Omit<Network, "graph">,
): { name: string; graph: OnnxGraph }[] {
  const image = new OnnxGraph();
  const pixels = image.input("pixels", "uint8", ["batch", config.image.height, config.image.width, 3]);
  image.output("embedding", imageTower({ graph: image, ...layers }, config, pixels), "float32", [
    "batch",
    config.projection,
  ]);

  const text = new OnnxGraph();
  const ids = text.input("ids", "int64", ["batch", "length"]);
  const embedding = textTower({ graph: text, ...layers }, config, vocabularySize, ids);
  text.output("embedding", embedding, "float32", ["batch", config.projection]);
  return [
    { name: "image", graph: image },
    { name: "text", graph: text },
  ];
}

/** Half-built folders of the same bundle that nobody works on any more. */
async function removeAbandoned(folder: string): Promise<void> {
  const parent = dirname(folder);
  for (const name of await readdir(parent)) {
    if (!name.startsWith(`${basename(folder)}.building-`)) continue;
    const found = await stat(join(parent, name)).catch(() => undefined); // its builder may just have renamed it
    if (found && Date.now() - found.mtimeMs > ABANDONED_AFTER_MS)
      await rm(join(parent, name), { recursive: true, force: true });
  }
}

/** A rename onto a folder with files in it fails: then another process has finished the same bundle first. */
async function renameUnlessBuilt(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (cause) {
    const isThere = (await stat(to).catch(() => undefined))?.isDirectory() ?? false;
    if (!isThere) throw cause;
  }
}

/** The folder with all above it. @throws MedembedError "write-failed" */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause) => {
    throw writeFailed(folder, cause);
  });
}

function writeFailed(path: string, cause: NodeJS.ErrnoException): MedembedError {
  return new MedembedError("write-failed", `cannot write ${path}: ${cause.message}`, { cause });
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}

/** Makes the names in a folder survive a power cut; where folders cannot be opened (Windows) the system does it. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  await handle.sync().finally(() => handle.close());
}

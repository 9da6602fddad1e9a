import { copyFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { seededRandom } from "../../src/applications/random.ts";
import { expectedTensors } from "../../src/convert/state-dict.ts";
import { type NamedTensor, writeSafetensors } from "../../src/convert/write-safetensors.ts";
import type { CheckpointFolder } from "../../src/models/checkpoint-folder.ts";
import { parseModelConfig } from "../../src/models/model-config.ts";
import { hashOf, normal } from "./random.ts";

/** Of embeddings, as GPT and CLIP draw them. */
const EMBEDDING_DEVIATION = 0.02;
/** CLIP's first temperature, 1 / 0.07. */
const LOGIT_SCALE = Math.log(1 / 0.07);

/**
 * Writes a checkpoint of the same shape with weights that nobody trained: what the architecture and the pictures' pixels
 * give by themselves.
 */
export async function writeRandomCheckpoint(like: CheckpointFolder, folder: string, seed: number): Promise<void> {
  const tokenizer = join(folder, "language_model", "tokenizer");
  await mkdir(tokenizer, { recursive: true });
  await mkdir(join(folder, "vision_model"));
  await copyFile(like.config, join(folder, "config.yaml"));
  await copyFile(like.vocabulary, join(tokenizer, "vocab.json"));
  await copyFile(like.merges, join(tokenizer, "merges.txt"));
  const config = parseModelConfig(await readFile(like.config, "utf8"));
  const vocabularySize = Object.keys(JSON.parse(await readFile(like.vocabulary, "utf8"))).length;
  const tensors = [...expectedTensors(config, vocabularySize)].map(([name, shape]) => ({
    name,
    shape,
    values: () => drawTensor(name, shape, seed),
  }));
  await writeSafetensors(join(folder, "vision_model", "random.safetensors"), tensors satisfies NamedTensor[]);
}

/** Biases 0, norms 1, all else normal with the variance 1 / fan-in, which keeps the size of the values from layer to layer. */
export function drawTensor(name: string, shape: readonly number[], seed: number): Float32Array {
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  if (name === "logit_scale") return values.fill(LOGIT_SCALE);
  if (shape.length === 1) return values.fill(name.endsWith("weight") ? 1 : 0);
  const random = seededRandom(seed + hashOf(name));
  const deviation = name.includes("embedding") ? EMBEDDING_DEVIATION : 1 / Math.sqrt(fanIn(name, shape));
  return values.map(() => deviation * normal(random));
}

/** Projections are stored [in, out], all other layers [out, in, ...]. */
function fanIn(name: string, shape: readonly number[]): number {
  return name.endsWith("_projection") ? shape[0] : shape.slice(1).reduce((product, size) => product * size, 1);
}

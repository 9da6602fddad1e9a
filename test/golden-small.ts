import { readFileSync } from "node:fs";
import { copyFile, cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import type { Embedder, EmbedderOptions } from "../src/embedder.ts";

/** A file of the small golden model: random weights of MedImageInsight's architecture, and what the reference made of them. */
export function goldenFile(name: string): string {
  return join(import.meta.dirname, "files/golden-small", name);
}

interface Golden {
  readonly images: readonly {
    readonly file: string;
    readonly embedding: readonly number[];
    /** Through the service's preprocessing: 512, RGB, JPEG, 160. */
    readonly service_embedding: readonly number[];
  }[];
  readonly texts: readonly {
    readonly text: string;
    readonly input_ids: readonly number[];
    readonly length: number;
    readonly embedding: readonly number[];
  }[];
  readonly nonsquare: { readonly file: string; readonly embedding: readonly number[] };
  readonly logit_scale: number;
  readonly logits_per_image: readonly (readonly number[])[];
}

/** Computed by the public reference code in float32. */
export const golden: Golden = JSON.parse(readFileSync(goldenFile("golden.json"), "utf8"));

/** Absolute, of each value: float32 noise of the reference itself (float32 against float64) is up to 8.4e-7. */
export const GOLDEN_TOLERANCE = 5e-6;

export const goldenImages: readonly Buffer[] = golden.images.map(({ file }) => readFileSync(goldenFile(file)));

/** An empty folder that is gone when the tests of the file are over. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "medembed-test-"));
  after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface CheckpointParts {
  /** A weights file of the small golden model, or the bytes of another one. */
  readonly weights?: string | Uint8Array;
  readonly config?: (yaml: string) => string;
  readonly card?: object;
}

/** Writes the small golden model as a checkpoint in the official layout. @returns the folder */
export async function makeCheckpoint(
  folder: string,
  { weights = "model.safetensors", config = (yaml) => yaml, card }: CheckpointParts = {},
): Promise<string> {
  await mkdir(join(folder, "vision_model"), { recursive: true });
  await cp(goldenFile("tokenizer"), join(folder, "language_model/clip"), { recursive: true });
  await writeFile(join(folder, "config.yaml"), config(readFileSync(goldenFile("config.yaml"), "utf8")));
  const path = join(folder, "vision_model/weights.pt"); // what it is stands in its bytes
  if (typeof weights === "string") await copyFile(goldenFile(weights), path);
  else await writeFile(path, weights);
  if (card) await writeFile(join(folder, "card.json"), JSON.stringify(card));
  return folder;
}

/** A model card that makes `direct` the profile, as the goldens without the service's detour need it. */
export const DIRECT_CARD = { name: "golden-small", family: "medimageinsight", defaultProfile: "direct" };

interface OpenOptions extends EmbedderOptions {
  /** Holds the checkpoint and its bundles, so that what was built once is found by the next. Default: one of its own. */
  readonly folder?: string;
}

/** The small golden model on the float rung with `direct` as its profile, or another one; closed when the tests are over. */
export async function openGolden({ folder, model, ...special }: OpenOptions = {}): Promise<Embedder> {
  const { Embedder } = await import("../src/embedder.ts"); // here: most who read golden files need not wait for all of it
  const place = folder ?? (await temporaryFolder());
  const embedder = await Embedder.open({
    model: model ?? (await makeCheckpoint(join(place, "golden-small"), { card: DIRECT_CARD })),
    precision: "fp32",
    threads: 1,
    cacheFolder: join(place, "cache"),
    ...special,
  });
  after(() => embedder.close());
  return embedder;
}

/** The largest absolute difference of two vectors of one length. */
export function largestDifference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) throw new Error(`${found.length} values against ${expected.length}`);
  return Array.from(found).reduce((largest, value, i) => Math.max(largest, Math.abs(value - expected[i])), 0); // or NaN
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, value, i) => sum + value * b[i], 0);
}

export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

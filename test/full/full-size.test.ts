import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { cp, mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { expectedTensors } from "../../src/convert/state-dict.ts";
import { Embedder } from "../../src/embedder.ts";
import { parseModelConfig } from "../../src/models/model-config.ts";
import { modelFolder } from "../../src/models/registry.ts";
import { cosine, largestDifference, temporaryFolder } from "../golden-small.ts";
import { OFFICIAL_CONFIG } from "../official-config.ts";
import { hashWeights } from "./hash-weights.ts";

/** Absolute, of each value. The reference itself is off by up to 4.4e-5 (images) and 6.1e-8 (texts) from float64. */
const IMAGE_TOLERANCE = 2e-4;
const TEXT_TOLERANCE = 5e-6;
/** 1 - cosine. */
const IMAGE_INFIDELITY = 1e-5;
/** Of the process that converts 2.46 GB of weights: they are streamed, the largest tensor has 201 MB. */
const MAX_CONVERSION_BYTES = 2 ** 30;
const VOCABULARY_SIZE = 49_408;

const goldenFile = (name: string) => fileURLToPath(new URL(`../files/golden-full/${name}`, import.meta.url));
const readJson = (name: string) => JSON.parse(readFileSync(goldenFile(name), "utf8"));
const golden: {
  images: { file: string; embedding: number[] }[];
  texts: { text: string; input_ids: number[]; length: number; embedding: number[] }[];
} = readJson("golden.json");

const folder = await temporaryFolder();
const model = join(folder, "MedImageInsights");
const cacheFolder = join(folder, "cache");

test("the 601 tensors are those of the reference, written as a checkpoint in the published layout", async () => {
  const root = join(model, "2024.09.27");
  await mkdir(join(root, "vision_model"), { recursive: true });
  await writeFile(join(root, "config.yaml"), OFFICIAL_CONFIG);
  await cp(join(await modelFolder("medembed-nano"), "language_model"), join(root, "language_model"), {
    recursive: true,
  });
  const hashes = await writeWeights(join(root, "vision_model/weights.pt"));
  const expected = new Map(Object.entries(readJson("weights_sha256_16.json")));
  assert.equal(expected.size, 601);
  assert.deepEqual(hashes, new Map([...hashes.keys()].map((name) => [name, expected.get(name)])));
  assert.equal(hashes.size, expected.size);
});

test("the conversion streams the weights", async (context) => {
  const script = fileURLToPath(new URL("./convert-alone.ts", import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, script, model, cacheFolder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  assert.equal(code, 0);
  const { peakBytes, seconds } = JSON.parse(output);
  context.diagnostic(`peak of the resident memory ${(peakBytes / 2 ** 20).toFixed(0)} MiB, ${seconds.toFixed(1)} s`);
  assert.ok(peakBytes < MAX_CONVERSION_BYTES, `${peakBytes} bytes`);
});

test("images and texts get the reference's vectors", async (context) => {
  const embedder = await Embedder.open({ model, cacheFolder, precision: "fp32", profile: "direct" });
  try {
    for (const { file, embedding } of golden.images) {
      const vector = await embedder.embedImage(readFileSync(goldenFile(file)));
      const [difference, infidelity] = [largestDifference(vector, embedding), 1 - cosine(vector, embedding)];
      context.diagnostic(`${file}: largest difference ${difference}, 1 - cosine ${infidelity}`);
      assert.ok(difference <= IMAGE_TOLERANCE && infidelity <= IMAGE_INFIDELITY, file);
    }
    const vectors = await Promise.all(golden.texts.map(({ text }) => embedder.embedText(text)));
    for (const [i, { text, input_ids, length, embedding }] of golden.texts.entries()) {
      assert.deepEqual(embedder.tokenize(text), input_ids.slice(0, length));
      const difference = largestDifference(vectors[i], embedding);
      context.diagnostic(`text ${i}: largest difference ${difference}`);
      assert.ok(difference <= TEXT_TOLERANCE, `text ${i}`);
    }
  } finally {
    await embedder.close();
  }
});

/** Streams all tensors into a safetensors file. @returns the start of each tensor's SHA-256, by name */
async function writeWeights(path: string): Promise<Map<string, string>> {
  const tensors = expectedTensors(parseModelConfig(OFFICIAL_CONFIG), VOCABULARY_SIZE);
  let end = 0;
  const entries = [...tensors].map(([name, shape]) => {
    const begin = end;
    end += 4 * shape.reduce((product, size) => product * size, 1);
    return [name, { dtype: "F32", shape, data_offsets: [begin, end] }];
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));

  const hashes = new Map<string, string>();
  const file = await open(path, "wx");
  try {
    await file.writeFile(length);
    await file.writeFile(header);
    for (const [name, shape] of tensors) {
      const bytes = new Uint8Array(hashWeights(name, shape).buffer);
      hashes.set(name, createHash("sha256").update(bytes).digest("hex").slice(0, 16));
      await file.writeFile(bytes); // appends
    }
  } finally {
    await file.close();
  }
  return hashes;
}

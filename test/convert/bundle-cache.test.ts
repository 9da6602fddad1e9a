import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, cp, mkdir, readdir, readFile, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { buildBundle } from "../../src/convert/build-bundle.ts";
import { cachedBundle, hashWeights } from "../../src/convert/bundle-cache.ts";
import { BUNDLE_FILES, type Bundle, changedFiles, type Precision } from "../../src/models/bundle.ts";
import { locateCheckpoint } from "../../src/models/checkpoint-folder.ts";
import { type CheckpointParts, DIRECT_CARD, goldenFile, makeCheckpoint, temporaryFolder } from "../golden-small.ts";

const folder = await temporaryFolder();
let count = 0;

/** A place of its own for each case. */
async function setUp(parts: CheckpointParts = { card: DIRECT_CARD }) {
  const place = join(folder, String(count++));
  return { model: await makeCheckpoint(join(place, "model"), parts), cacheFolder: join(place, "cache") };
}

async function openCached(model: string, cacheFolder: string, precision: Precision = "fp32", onProgress?: () => void) {
  return cachedBundle(await locateCheckpoint(model), { precision, cacheFolder, onProgress });
}

async function bundlesIn(cacheFolder: string): Promise<string[]> {
  return readdir(join(cacheFolder, "bundles")).catch(() => []);
}

test("a bundle is built once and found again, complete and with the hashes of its card", async () => {
  const { model, cacheFolder } = await setUp();
  const progress: number[] = [];
  const checkpoint = await locateCheckpoint(model);
  const built = await cachedBundle(checkpoint, {
    precision: "fp32",
    cacheFolder,
    onProgress: (done) => progress.push(done),
  });
  assert.deepEqual((await readdir(built.folder)).sort(), [...BUNDLE_FILES, "card.json"].sort());
  assert.deepEqual(Object.keys(built.card.files).sort(), [...BUNDLE_FILES].sort());
  assert.deepEqual(await changedFiles(built), []);
  assert.deepEqual(
    progress,
    progress.toSorted((a, b) => a - b),
  );
  assert.equal(progress.at(-1), 1);

  const found = await openCached(model, cacheFolder, "fp32", () => assert.fail("it is built already"));
  assert.deepEqual(found, built);
});

test("the same checkpoint gives the same bytes, wherever it lies", async () => {
  const [one, two] = [await setUp(), await setUp()];
  const files = async ({ model, cacheFolder }: typeof one) => (await openCached(model, cacheFolder)).card.files;
  assert.deepEqual(await files(one), await files(two));
});

test("what decides the vectors decides the bundle: weights, config, tokenizer, card, golden vectors, precision", async () => {
  const { model, cacheFolder } = await setUp();
  const first = await openCached(model, cacheFolder);
  const folders = new Set([first.folder, (await openCached(model, cacheFolder, "int8")).folder]);
  const changes: (() => Promise<void>)[] = [
    () => appendFile(join(model, "config.yaml"), "# a remark\n"),
    () => appendFile(join(model, "language_model/clip/merges.txt"), "\n"),
    () => appendFile(join(model, "language_model/clip/vocab.json"), "\n"),
    () => writeFile(join(model, "card.json"), JSON.stringify({ ...DIRECT_CARD, summary: "another card" })),
    () => writeFile(join(model, "golden.json"), "{}"),
    () => cp(goldenFile("model.torchzip-fp16.pt"), join(model, "vision_model/weights.pt")),
  ];
  for (const [i, change] of changes.entries()) {
    await change();
    folders.add((await openCached(model, cacheFolder)).folder);
    assert.equal(folders.size, i + 3, `change ${i} asks for another bundle`);
  }
  assert.equal((await bundlesIn(cacheFolder)).length, folders.size);
});

const BREAKAGES: readonly {
  name: string;
  code: string;
  parts?: CheckpointParts;
  damage?: (model: string) => Promise<void>;
}[] = [
  {
    name: "weights that break off",
    code: "corrupt-checkpoint",
    damage: (model) => truncate(join(model, "vision_model/weights.pt"), 300_000),
  },
  { name: "weights of another model", code: "wrong-checkpoint", parts: { weights: "subset.legacy.pt" } },
  {
    name: "a config that the weights do not fit",
    code: "wrong-checkpoint",
    parts: { config: (yaml) => yaml.replace("LAYERS: 2", "LAYERS: 3") },
  },
  {
    name: "a config without sense",
    code: "invalid-config",
    parts: { config: (yaml) => yaml.replace("WINDOW_SIZE: 12", "WINDOW_SIZE: none") },
  },
  { name: "a card without sense", code: "invalid-config", parts: { card: { name: 7 } } },
  {
    name: "a vocabulary without sense",
    code: "invalid-vocabulary",
    damage: (model) => writeFile(join(model, "language_model/clip/vocab.json"), "[]"),
  },
  {
    // Written last: by then everything else lies in the temporary folder.
    name: "a weight that is no number",
    code: "wrong-checkpoint",
    damage: async (model) => {
      const path = join(model, "vision_model/weights.pt");
      const bytes = await readFile(path);
      bytes.writeFloatLE(Number.NaN, bytes.length - 4);
      await writeFile(path, bytes);
    },
  },
];

for (const { name, code, parts, damage } of BREAKAGES) {
  test(`${name}: refused, and nothing is left behind`, async () => {
    const { model, cacheFolder } = await setUp({ card: DIRECT_CARD, ...parts });
    await damage?.(model);
    for (const precision of ["fp32", "int8"] as const) {
      await assert.rejects(openCached(model, cacheFolder, precision), { name: "MedembedError", code });
    }
    assert.deepEqual(await bundlesIn(cacheFolder), []);
  });
}

test("a cache that cannot be written says so", async () => {
  const { model, cacheFolder } = await setUp();
  await writeFile(cacheFolder, "a file is in the way");
  await assert.rejects(openCached(model, cacheFolder), { code: "write-failed", message: /cannot write .*cache/ });
});

test("two builds at the same time both succeed and leave one bundle", async () => {
  const { model, cacheFolder } = await setUp();
  const checkpoint = await locateCheckpoint(model);
  const target = join(cacheFolder, "bundles/one");
  const weightsHash = await hashWeights(checkpoint.weights, cacheFolder);
  const build = () => buildBundle(checkpoint, target, { precision: "fp32", weightsHash });
  const [one, two] = await Promise.all([build(), build()]);
  assert.deepEqual(one, two);
  assert.deepEqual(await bundlesIn(cacheFolder), ["one"]);
  assert.deepEqual(await changedFiles(one), []);
});

test("two processes that race for a bundle both succeed and leave one bundle", async () => {
  const { model, cacheFolder } = await setUp();
  const racers = [1, 2].map(() => {
    const script = fileURLToPath(new URL("./bundle-cache-racer.ts", import.meta.url));
    return spawn(process.execPath, [...process.execArgv, script, model, cacheFolder], {
      stdio: ["pipe", "pipe", "inherit"],
    });
  });
  await Promise.all(racers.map(({ stdout }) => once(stdout, "readable"))); // both stand at the start
  for (const { stdin } of racers) stdin.end("go");
  const results = await Promise.all(
    racers.map(async (racer) => {
      const [output, [code]] = await Promise.all([text(racer.stdout), once(racer, "exit")]);
      return { output, code };
    }),
  );
  const [name, ...others] = await bundlesIn(cacheFolder);
  assert.deepEqual(others, []);
  for (const result of results) {
    assert.deepEqual(result, { output: `ready\n${join(cacheFolder, "bundles", name)}\n`, code: 0 });
  }
});

test("a bundle that misses a file names it and the remedy", async () => {
  const { model, cacheFolder } = await setUp();
  const bundle = await openCached(model, cacheFolder);
  const whole = `${bundle.folder}-whole`;
  await cp(bundle.folder, whole, { recursive: true });
  for (const name of [...BUNDLE_FILES, "card.json"]) {
    await rm(join(bundle.folder, name));
    await assert.rejects(openCached(model, cacheFolder), (error: Error & { code?: string }) => {
      assert.equal(error.code, "corrupt-bundle");
      assert.ok(error.message.includes(bundle.folder) && error.message.includes(name), error.message);
      assert.match(error.message, /delete the folder and it is built again/);
      return true;
    });
    await cp(join(whole, name), join(bundle.folder, name));
  }
  await rm(bundle.folder, { recursive: true });
  assert.deepEqual(await openCached(model, cacheFolder), bundle, "the remedy works");
});

test("a card that is none of a bundle is refused", async () => {
  const { model, cacheFolder } = await setUp();
  const bundle = await openCached(model, cacheFolder);
  const { files, ...card } = bundle.card;
  const cards: object[] = [
    card,
    { ...bundle.card, files: { ...files, "text.onnx": 5 } },
    { ...bundle.card, precision: "int4" },
    { ...bundle.card, image: { width: 160 } },
    { ...bundle.card, logitScale: "4.5" },
    DIRECT_CARD,
  ];
  for (const forged of cards) {
    await writeFile(join(bundle.folder, "card.json"), JSON.stringify(forged));
    await assert.rejects(openCached(model, cacheFolder), { code: "corrupt-bundle" });
  }
});

test("changed and missing files of a bundle are found by their hashes", async () => {
  const { model, cacheFolder } = await setUp();
  const bundle = await openCached(model, cacheFolder);
  const path = join(bundle.folder, "text.onnx.data");
  const bytes = await readFile(path);
  bytes[bytes.length >> 1] ^= 1;
  await writeFile(path, bytes);
  await rm(join(bundle.folder, "vocab.json"));
  const outside: Bundle = { ...bundle, card: { ...bundle.card, files: { ...bundle.card.files, "../card.json": "" } } };
  assert.deepEqual((await changedFiles(outside)).sort(), ["../card.json", "text.onnx.data", "vocab.json"]);
});

test("the hash of the weights is remembered for as long as the file stays as it is", async () => {
  const { model, cacheFolder } = await setUp();
  const { weights } = await locateCheckpoint(model);
  const past = new Date("2024-09-27");
  await utimes(weights, past, past);
  const hash = await hashWeights(weights, cacheFolder);
  const [memory] = await readdir(join(cacheFolder, "hashes"));
  await writeFile(join(cacheFolder, "hashes", memory), "0".repeat(64));
  assert.equal(await hashWeights(weights, cacheFolder), "0".repeat(64), "it is remembered");
  await writeFile(join(cacheFolder, "hashes", memory), "0".repeat(63));
  assert.equal(await hashWeights(weights, cacheFolder), hash, "a memory that breaks off counts as none");

  // Another content of the same size, with the times of the old one, as copying tools leave it.
  const { size, mtimeMs } = await stat(weights);
  const bytes = await readFile(weights);
  bytes[bytes.length - 1] ^= 1;
  await writeFile(weights, bytes);
  await utimes(weights, past, past);
  const after = await stat(weights);
  assert.deepEqual([after.size, after.mtimeMs], [size, mtimeMs]);
  const changed = await hashWeights(weights, cacheFolder);
  assert.match(changed, /^[0-9a-f]{64}$/);
  assert.notEqual(changed, hash);
});

test("an empty folder in the place of a bundle is told, not filled", async () => {
  const { model, cacheFolder } = await setUp();
  const { folder: place } = await openCached(model, cacheFolder);
  await rm(place, { recursive: true });
  await mkdir(place);
  await assert.rejects(openCached(model, cacheFolder), { code: "corrupt-bundle" });
});

test("what a killed build left is swept away after a day, what is being built stays", async () => {
  const { model, cacheFolder } = await setUp();
  const { folder: built } = await openCached(model, cacheFolder);
  await rm(built, { recursive: true });
  const [abandoned, inWork, another] = [`${built}.building-1`, `${built}.building-2`, `${built}-x.building-3`];
  for (const place of [abandoned, inWork, another]) await mkdir(place);
  const longAgo = new Date(Date.now() - 25 * 3_600_000);
  for (const place of [abandoned, another]) await utimes(place, longAgo, longAgo);

  await openCached(model, cacheFolder);
  const left = [built, inWork, another].map((path) => basename(path)).sort();
  assert.deepEqual((await bundlesIn(cacheFolder)).sort(), left);
});

test("a file of the tokenizer that is far too long is refused before it is read", async () => {
  const { model, cacheFolder } = await setUp();
  await truncate(join(model, "language_model/clip/merges.txt"), 2 ** 31);
  await assert.rejects(openCached(model, cacheFolder), { code: "invalid-vocabulary" });
  assert.deepEqual(await bundlesIn(cacheFolder), []);
});

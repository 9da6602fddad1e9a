import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { contiguousStrides } from "../src/convert/stored-tensor.ts";
import type { Embedder, EmbedderOptions } from "../src/embedder.ts";
import { PRECISIONS } from "../src/models/bundle.ts";
import { modelFolder } from "../src/models/registry.ts";
import { concat, float32s, op, pickle, readAll, torchLegacy, u64 } from "./convert/forge.ts";
import { encode } from "./formats/dicom/encode.ts";
import { writePicture } from "./formats/dicom/write-dicom.ts";
import {
  cosine,
  DIRECT_CARD,
  dot,
  GOLDEN_TOLERANCE,
  golden,
  goldenFile,
  goldenImages,
  largestDifference,
  makeCheckpoint,
  openGolden,
  temporaryFolder,
} from "./golden-small.ts";

const folder = await temporaryFolder();
const open = (options: EmbedderOptions = {}) => openGolden({ folder, threads: 2, ...options });
const embedder = await open();
const texts = golden.texts.map(({ text }) => text);
const embedImages = (model: Embedder) => Promise.all(goldenImages.map((bytes) => model.embedImage(bytes)));
const embedTexts = (model: Embedder) => Promise.all(texts.map((text) => model.embedText(text)));

function assertNear(found: Float32Array, expected: ArrayLike<number>, tolerance: number, what: string): void {
  const difference = largestDifference(found, expected);
  assert.ok(difference <= tolerance, `${what} differs by ${difference}, allowed is ${tolerance}`);
}

test("images get the reference's vectors", async () => {
  assert.equal(golden.images.length, 5);
  for (const [i, vector] of (await embedImages(embedder)).entries()) {
    assertNear(vector, golden.images[i].embedding, GOLDEN_TOLERANCE, golden.images[i].file);
  }
});

test("texts get the reference's ids and vectors", async () => {
  assert.equal(golden.texts.length, 7);
  for (const [i, vector] of (await embedTexts(embedder)).entries()) {
    const { text, input_ids, length, embedding } = golden.texts[i];
    assert.deepEqual(embedder.tokenize(text), input_ids.slice(0, length));
    assertNear(vector, embedding, GOLDEN_TOLERANCE, `text ${i}`);
  }
});

test("a DICOM file is embedded, packed or not, unless it is refused", async () => {
  const values = Array.from({ length: 64 * 48 }, (_, i) => (i * 7) % 4096);
  const size = { columns: 64, rows: 48, bitsStored: 12 };
  const plain = writePicture(values, size);
  const packed = writePicture([await encode("jpegLs", { ...size, values })], { ...size, syntax: "jpegLs" });
  const vector = await embedder.embedImage(plain);
  assert.ok(Math.abs(dot(vector, vector) - 1) < 1e-5);
  assert.deepEqual(await embedder.embedImage(packed), vector);
  assert.notDeepEqual(await embedder.embedImage(plain, { profile: "direct;rendering=percentile" }), vector);
  await assert.rejects(embedder.embedImage(plain, { profile: "direct;rendering=ct-lung" }), {
    code: "unsupported-image",
  });
  const refusing = await open({ dicom: "refused" });
  await assert.rejects(refusing.embedImage(plain), { code: "unsupported-image" });
});

test("through the service's preprocessing images get the reference's vectors", async () => {
  const service = await open({ profile: "mi2-service" });
  for (const [i, vector] of (await embedImages(service)).entries()) {
    assertNear(vector, golden.images[i].service_embedding, GOLDEN_TOLERANCE, golden.images[i].file);
  }
});

test("a call may name a profile of its own", async () => {
  const asService = await embedder.embedImage(goldenImages[0], { profile: "mi2-service" });
  assertNear(asService, golden.images[0].service_embedding, GOLDEN_TOLERANCE, golden.images[0].file);
  const [coarse, fine] = await Promise.all(
    ["mi2-service;jpegQuality=5", "mi2-service;standardSize=480"].map((profile) =>
      embedder.embedImage(goldenImages[0], { profile }),
    ),
  );
  assert.notDeepEqual(coarse, asService);
  assert.notDeepEqual(fine, asService);
  await assert.rejects(embedder.embedImage(goldenImages[0], { profile: "nonesuch" }), { code: "unknown-profile" });
});

test("a model whose input is not square takes width and height in their places", async () => {
  const model = await makeCheckpoint(join(folder, "not-square"), {
    card: DIRECT_CARD,
    config: (yaml) => yaml.replace("- 160\n  - 160", "- 160\n  - 96"),
  });
  const wide = await open({ model });
  assert.deepEqual(wide.card.image, { width: 160, height: 96 });
  const vector = await wide.embedImage(await readFile(goldenFile(golden.nonsquare.file)));
  assertNear(vector, golden.nonsquare.embedding, GOLDEN_TOLERANCE, golden.nonsquare.file);
});

test("a checkpoint without a card is preprocessed as the service does it", async () => {
  const model = await makeCheckpoint(join(folder, "no-card"));
  const plain = await open({ model });
  assert.equal(plain.profile, "mi2-service");
  assert.equal(plain.card.name, "no-card");
  assertNear(await plain.embedImage(goldenImages[0]), golden.images[0].service_embedding, GOLDEN_TOLERANCE, "image");
});

test("the same weights in another file format give the same vectors to the bit", async () => {
  const expected = [...(await embedImages(embedder)), ...(await embedTexts(embedder))];
  for (const [name, weights] of [
    ["torch-zip", "model.torchzip.pt"],
    ["torch-legacy", await asTorchLegacy("model.safetensors")],
  ] as const) {
    const model = await makeCheckpoint(join(folder, name), { weights, card: DIRECT_CARD });
    const other = await open({ model });
    assert.notEqual(other.card.weights, embedder.card.weights, "another file has another hash");
    assert.deepEqual([...(await embedImages(other)), ...(await embedTexts(other))], expected, name);
  }
});

test("weights of half precision move the vectors as little as the reference says", async () => {
  const model = await makeCheckpoint(join(folder, "fp16"), { weights: "model.torchzip-fp16.pt", card: DIRECT_CARD });
  const halves = await open({ model });
  // The reference with its weights rounded to float16 and float32 arithmetic: images 7.1e-3, texts 3.7e-4 at most.
  for (const [i, vector] of (await embedImages(halves)).entries()) {
    assertNear(vector, golden.images[i].embedding, 8e-3, golden.images[i].file);
    assert.ok(largestDifference(vector, golden.images[i].embedding) > GOLDEN_TOLERANCE, "half precision is seen");
  }
  for (const [i, vector] of (await embedTexts(halves)).entries()) {
    assertNear(vector, golden.texts[i].embedding, 5e-4, `text ${i}`);
  }
});

test("logits are the cosines times exp(logitScale)", async () => {
  assert.equal(embedder.card.logitScale, Math.fround(golden.logit_scale));
  const [images, captions] = [await embedImages(embedder), await embedTexts(embedder)];
  const logits = images.map((image) =>
    captions.map((caption) => Math.exp(embedder.card.logitScale) * dot(image, caption)),
  );
  for (const [i, row] of logits.entries()) {
    // 91 times a sum of 20 products of values that may each be off by 5e-6: far below a thousandth in practice.
    assertNear(Float32Array.from(row), golden.logits_per_image[i], 1e-3, `image ${i}`);
  }
});

test("vectors have length 1 and come in the order of the calls", async () => {
  const mixed = await Promise.all([
    embedder.embedText(texts[1]),
    embedder.embedImage(goldenImages[4]),
    embedder.embedText(texts[6]),
    embedder.embedImage(goldenImages[0]),
  ]);
  const expected = [golden.texts[1], golden.images[4], golden.texts[6], golden.images[0]];
  for (const [i, vector] of mixed.entries()) {
    assert.equal(vector.length, 20);
    assert.ok(Math.abs(Math.sqrt(dot(vector, vector)) - 1) < 1e-6);
    assertNear(vector, expected[i].embedding, GOLDEN_TOLERANCE, `call ${i}`);
  }
});

for (const precision of PRECISIONS) {
  test(`a vector has the same bits alone and in any batch (${precision})`, async () => {
    const model = await open({ precision });
    const [images, captions] = await Promise.all([embedImages(model), embedTexts(model)]);
    for (const [i, bytes] of goldenImages.entries()) {
      assert.deepEqual(await model.embedImage(bytes), images[i], `image ${i}`);
    }
    for (const [i, text] of texts.entries()) {
      assert.deepEqual(await model.embedText(text), captions[i], `text ${i}`);
    }
  });
}

test("int8 keeps the direction of the vectors", async () => {
  const int8 = await open({ precision: "int8" });
  // Random weights 8 to 32 wide are the hardest case; the shipped model is measured below.
  for (const [i, vector] of (await embedImages(int8)).entries()) {
    assert.ok(1 - cosine(vector, golden.images[i].embedding) < 5e-3, golden.images[i].file);
  }
  for (const [i, vector] of (await embedTexts(int8)).entries()) {
    assert.ok(1 - cosine(vector, golden.texts[i].embedding) < 5e-3, `text ${i}`);
  }
});

test("int8 vectors of the shipped model are within a thousandth of fp32", async () => {
  const model = await modelFolder("medembed-nano");
  const [fp32, int8] = [await open({ model, precision: "fp32" }), await open({ model, precision: "int8" })];
  const phrases = ["x-ray chest pneumonia", "magnetic resonance imaging brain"];
  const embedAll = (rung: Embedder) =>
    Promise.all([
      ...goldenImages.map((bytes) => rung.embedImage(bytes)),
      ...phrases.map((text) => rung.embedText(text)),
    ]);
  const [exact, fast] = [await embedAll(fp32), await embedAll(int8)];
  for (const [i, vector] of fast.entries()) {
    assert.equal(vector.length, 1024);
    const infidelity = 1 - cosine(vector, exact[i]);
    assert.ok(infidelity < 1e-3, `input ${i}: 1 - cosine is ${infidelity}`);
    assert.ok(infidelity > 0, "int8 was asked for");
  }
});

test("a broken image is refused alone, those beside it are embedded", async () => {
  const broken = goldenImages[1].subarray(0, 2_000);
  const outcomes = await Promise.allSettled(
    [goldenImages[0], broken, Buffer.from("no image"), goldenImages[2]].map((bytes) => embedder.embedImage(bytes)),
  );
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.status === "rejected" ? outcome.reason.code : "embedded")),
    ["embedded", "corrupt-image", "unsupported-image", "embedded"],
  );
});

test("a text that is too long is refused without a word of it", async () => {
  const secret = "Patient Doe ".repeat(10_000);
  await assert.rejects(embedder.embedText(secret), (error: Error & { code?: string }) => {
    return error.code === "invalid-text" && !error.message.includes("Doe");
  });
});

test("a caller who leaves is released, those beside are served", async () => {
  const leaving = new AbortController();
  const outcomes = Promise.allSettled([
    embedder.embedImage(goldenImages[0]),
    embedder.embedImage(goldenImages[1], { signal: leaving.signal }),
    embedder.embedText(texts[0], { signal: leaving.signal }),
    embedder.embedText(texts[1]),
    embedder.embedImage(goldenImages[2], { signal: AbortSignal.abort() }),
  ]);
  leaving.abort();
  assert.deepEqual(
    (await outcomes).map((outcome) => (outcome.status === "rejected" ? outcome.reason.code : "embedded")),
    ["embedded", "cancelled", "cancelled", "embedded", "cancelled"],
  );
});

test("a deadline that has passed refuses image and text", async () => {
  const deadline = performance.now() - 1;
  await assert.rejects(embedder.embedImage(goldenImages[0], { deadline }), { code: "deadline-passed" });
  await assert.rejects(embedder.embedText("chest", { deadline }), { code: "deadline-passed" });
});

test("close finishes what was asked for and takes nothing more", async () => {
  const closing = await openGolden({ folder });
  const asked = Promise.all([embedImages(closing), embedTexts(closing)]);
  const closed = closing.close();
  await assert.rejects(closing.embedImage(goldenImages[0]), { code: "closed" });
  await assert.rejects(closing.embedText(texts[0]), { code: "closed" });
  const [images, captions] = await asked;
  await closed;
  assert.deepEqual([images.length, captions.length], [5, 7]);
  await closing.close();
});

test("what the options ask for wrongly is refused before a model is built", async () => {
  const unbuilt = join(folder, "unbuilt");
  const wrong: [EmbedderOptions, string][] = [
    [{ profile: "no-such-profile" }, "unknown-profile"],
    [{ precision: "int4" as "int8" }, "unknown-precision"],
    [{ model: join(folder, "no-such-model") }, "not-found"],
  ];
  for (const [options, code] of wrong) {
    await assert.rejects(openGolden({ folder, cacheFolder: unbuilt, ...options }), { code });
  }
  await assert.rejects(readFile(unbuilt), { code: "ENOENT" });
});

/** The tensors of a weights file as the legacy stream of torch before 1.6. */
async function asTorchLegacy(name: string): Promise<Buffer> {
  const tensors = Object.entries(await readAll(goldenFile(name)));
  const items = tensors.flatMap(([tensorName, { shape, values }], i) => [
    op.text(tensorName),
    op.tensor(op.storage(String(i), values.length), 0, shape, contiguousStrides(shape)),
  ]);
  const storages = tensors.map(([, { values }]) => concat(u64(values.length), float32s(...values)));
  return torchLegacy(
    pickle(op.dict(...items)),
    tensors.map((_, i) => String(i)),
    concat(...storages),
  );
}

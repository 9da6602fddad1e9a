import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Patience } from "../../../src/batcher.ts";
import type { ImageOptions } from "../../../src/embedder.ts";
import { type CacheConfig, DEFAULT_CACHE, openCache } from "../../../src/server/cache/cache-config.ts";
import { CachingEmbedder } from "../../../src/server/cache/caching-embedder.ts";
import type { ServingEmbedder } from "../../../src/server/deployment.ts";
import {
  GOLDEN_TOLERANCE,
  golden,
  goldenImages,
  largestDifference,
  openGolden,
  temporaryFolder,
} from "../../golden-small.ts";
import { altered, envelope, heldEmbedder, post, serve, until } from "../serving.ts";

const folder = await temporaryFolder();
const embedder = await openGolden({ folder, threads: 2 });
const int8 = await openGolden({ folder, threads: 2, precision: "int8" });
const [image, other] = goldenImages;
const [text, otherText] = golden.texts.map((known) => known.text);

/** The embedder, and what was asked of it. */
function watched(inner: ServingEmbedder) {
  const asked: { kind: "image" | "text"; patience: Patience }[] = [];
  const watcher = altered(inner, {
    embedImage: (bytes: Uint8Array, options: ImageOptions = {}) => {
      asked.push({ kind: "image", patience: options });
      return inner.embedImage(bytes, options);
    },
    embedText: (given: string, patience: Patience = {}) => {
      asked.push({ kind: "text", patience });
      return inner.embedText(given, patience);
    },
  });
  return { watcher, asked };
}

function caching(inner: ServingEmbedder = embedder, config: Partial<CacheConfig> = {}) {
  const { watcher, asked } = watched(inner);
  const faults: string[] = [];
  const levels = openCache({ ...DEFAULT_CACHE, ...config }, (_, code) => faults.push(code));
  return { cached: new CachingEmbedder(watcher, levels), levels, asked, faults };
}

/** Bytes of their own, as every request brings them. */
const copyOf = (bytes: Uint8Array) => new Uint8Array(bytes);

test("a second time nothing is computed and the vector is the same to the last bit", async () => {
  const { cached, asked } = caching();
  let begun = 0;
  const patience = { onBegin: () => begun++ };
  const first = [await cached.embedImage(copyOf(image)), await cached.embedText(text)];
  const second = [await cached.embedImage(copyOf(image), patience), await cached.embedText(text, patience)];
  assert.deepEqual(second, first);
  assert.deepEqual(first, [await embedder.embedImage(image), await embedder.embedText(text)]);
  assert.deepEqual(
    asked.map(({ kind }) => kind),
    ["image", "text"],
  );
  assert.equal(begun, 2, "a hit has its turn at once");
  const { bytes, ...counts } = cached.counts;
  const nothing = { diskHits: 0, redisHits: 0, shared: 0, evictions: 0, diskErrors: 0, redisErrors: 0 };
  const expected = { ...nothing, hits: 2, misses: 2, entries: 2 };
  assert.deepEqual(counts, expected);
  assert.ok(bytes >= 2 * first[0].byteLength);
});

test("what a caller does to a vector stays with the caller", async () => {
  const { cached } = caching();
  const expected = await embedder.embedText(text);
  const shared = await Promise.all([cached.embedText(text), cached.embedText(text)]);
  shared[0].fill(0);
  assert.deepEqual(shared[1], expected);
  shared[1].fill(0);
  (await cached.embedText(text)).fill(0);
  assert.deepEqual(await cached.embedText(text), expected);
});

test("another profile, option, content, kind or model is computed anew", async () => {
  const { cached, asked, levels } = caching();
  const profiles = [
    "direct",
    "mi2-service",
    "mi2-service;jpegQuality=10",
    "mi2-service;jpegQuality=10;standardSize=64",
  ];
  const vectors: Float32Array[] = [];
  for (const profile of profiles) vectors.push(await cached.embedImage(image, { profile }));
  assert.equal(asked.length, 4);
  for (const [i, profile] of profiles.entries()) {
    assert.deepEqual(vectors[i], await embedder.embedImage(image, { profile }));
    assert.equal(vectors.filter((vector) => largestDifference(vector, vectors[i]) < 1e-6).length, 1);
  }
  assert.ok(largestDifference(vectors[1], golden.images[0].service_embedding) <= GOLDEN_TOLERANCE);

  const pairs = ["\ud800", "\udc00", "\ufffd"]; // halves of broken pairs are other texts, whatever UTF-8 makes of them
  for (const content of ["a", "A", "a ", ...pairs]) await cached.embedText(content);
  const sixBytes = Uint8Array.from(Buffer.from("GIF89a"));
  await assert.rejects(cached.embedImage(sixBytes), { code: "unsupported-image" });
  await cached.embedText("GIF89a");
  await cached.embedText(Buffer.from("GIF89a").toString("utf16le")); // the same bytes, another text
  assert.equal(asked.length, 13);

  const { watcher, asked: askedOfInt8 } = watched(int8);
  const sharing = new CachingEmbedder(watcher, levels);
  assert.deepEqual(await sharing.embedImage(image), await int8.embedImage(image));
  const reconfigured = { ...embedder.card, files: { ...embedder.card.files, "image.onnx": "0".repeat(64) } };
  const renamed = { ...embedder.card, name: "other" };
  for (const [card, calls] of [
    [reconfigured, 2],
    [renamed, 2],
  ] as const) {
    await new CachingEmbedder({ ...watcher, card }, levels).embedImage(image);
    assert.equal(askedOfInt8.length, calls, "a graph with other constants is another model, a name is not");
  }
});

test("one profile by several names is one", async () => {
  const { cached, asked } = caching();
  const names = [undefined, "direct"];
  for (const profile of names) await cached.embedImage(image, { profile });
  assert.equal(asked.length, 1);
  const long = ["mi2-service", "mi2-service;jpegQuality=75", "mi2-service;standardSize=512;jpegQuality=75"];
  for (const profile of long) await cached.embedImage(image, { profile });
  assert.equal(asked.length, 2);
  await assert.rejects(cached.embedImage(image, { profile: "nonesuch" }), { code: "unknown-profile" });
});

test("what is asked for at the same time is computed once, with and without memory", async () => {
  for (const memoryBytes of [DEFAULT_CACHE.memoryBytes, 0]) {
    const { cached, asked } = caching(embedder, { memoryBytes });
    let begun = 0;
    const onBegin = () => begun++;
    const images = Array.from({ length: 8 }, (_, i) => cached.embedImage(copyOf(i % 2 ? image : other), { onBegin }));
    const texts = Array.from({ length: 8 }, (_, i) => cached.embedText(i % 2 ? text : otherText, { onBegin }));
    const expected = [await embedder.embedImage(other), await embedder.embedImage(image)];
    for (const [i, vector] of (await Promise.all(images)).entries()) {
      assert.ok(largestDifference(vector, expected[i % 2]) <= GOLDEN_TOLERANCE);
      assert.deepEqual(vector, await images[i % 2]);
    }
    for (const [i, vector] of (await Promise.all(texts)).entries()) {
      assert.deepEqual(vector, await embedder.embedText(i % 2 ? text : otherText));
    }
    assert.equal(asked.length, 4);
    assert.equal(begun, 16);
    const { misses, shared, hits, entries } = cached.counts;
    assert.deepEqual([misses, shared, hits, entries], [4, 12, 0, memoryBytes ? 4 : 0]);
    await cached.embedText(text);
    assert.equal(asked.length, memoryBytes ? 4 : 5);
  }
});

test("one who leaves or is late changes nothing for the others", async () => {
  const { held, begun, hold, release } = heldEmbedder(embedder);
  const { cached, asked } = caching(held);
  hold();
  const caller = new AbortController();
  const leaving = cached.embedText(text, { signal: caller.signal });
  const late = cached.embedText(text, { deadline: performance.now() + 20 });
  const staying = cached.embedText(text);
  await until(() => begun() === 1);
  caller.abort();
  await assert.rejects(leaving, { code: "cancelled" });
  await assert.rejects(late, { code: "deadline-passed" });
  release();
  assert.deepEqual(await staying, await embedder.embedText(text));
  assert.equal(asked.length, 1);
  assert.ok(!asked[0].patience.signal?.aborted);
});

test("when all have left nothing is computed, nothing kept, and the next to ask gets a vector", async () => {
  const { held, begun, hold, release } = heldEmbedder(embedder);
  const { cached, asked } = caching(held);
  hold();
  const before = cached.embedText(otherText); // keeps the queue busy
  await until(() => begun() === 1);
  const callers = [new AbortController(), new AbortController()];
  const leaving = callers.map(({ signal }) => cached.embedText(text, { signal }));
  const left = Promise.all(leaving.map((vector) => assert.rejects(vector, { code: "cancelled" })));
  await until(() => asked.length === 2 && cached.counts.shared === 1);
  for (const caller of callers) caller.abort();
  await left;
  assert.ok(asked[1].patience.signal?.aborted);
  const next = cached.embedText(text);
  release();
  assert.deepEqual(await next, await embedder.embedText(text));
  await before;
  assert.equal(asked.length, 3);
  assert.equal(begun(), 1, "the dropped text never had its turn");
  assert.deepEqual([cached.counts.entries, cached.counts.misses], [2, 3]);
});

test("an image whose first asker has left is embedded for the next one from the next one's bytes", async () => {
  const { cached, asked } = caching();
  const caller = new AbortController();
  const bytes = copyOf(image);
  const leaving = cached.embedImage(bytes, { signal: caller.signal });
  await until(() => asked.length === 1);
  caller.abort();
  await assert.rejects(leaving, { code: "cancelled" });
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] }); // the first one's are gone
  assert.deepEqual(await cached.embedImage(copyOf(image)), await embedder.embedImage(image));
  assert.equal(asked.length, 2);
});

test("an error reaches all who asked and is not kept", async () => {
  const { cached, asked } = caching();
  const broken = image.subarray(0, 200);
  const ask = () => assert.rejects(cached.embedImage(copyOf(broken)), { code: "corrupt-image" });
  await Promise.all([ask(), ask()]);
  assert.equal(asked.length, 1);
  await ask();
  assert.equal(asked.length, 2);
  assert.equal(cached.counts.entries, 0);
});

test("a vector that holds no numbers is handed on but not kept", async () => {
  let isIll = true;
  const ill = altered(embedder, {
    embedText: async (given) => (isIll ? new Float32Array([Number.NaN]) : embedder.embedText(given)),
  });
  const { cached } = caching(ill, { folder: join(folder, "ill") });
  assert.ok(Number.isNaN((await cached.embedText(text))[0]));
  isIll = false;
  assert.deepEqual(await cached.embedText(text), await embedder.embedText(text));
});

test("after a restart vectors come from the disk, to the last bit", async () => {
  const config = { folder: join(folder, "vectors") };
  const before = caching(embedder, config);
  const vectors = [await before.cached.embedImage(image), await before.cached.embedText(text)];
  await before.cached.close();

  const { cached, asked, levels } = caching(embedder, config);
  let begun = 0;
  const onBegin = () => begun++;
  const asking = [cached.embedImage(image, { onBegin }), cached.embedImage(image, { onBegin }), cached.embedText(text)];
  assert.deepEqual(await Promise.all(asking), [vectors[0], ...vectors]);
  assert.deepEqual(await cached.embedImage(image), vectors[0]);
  assert.deepEqual([asked.length, begun], [0, 2]);
  const { hits, diskHits, shared, misses } = cached.counts;
  assert.deepEqual([hits, diskHits, shared, misses], [1, 2, 1, 0]);
  assert.equal(levels.disk?.errors, 0);

  const onDiskAlone = caching(embedder, { ...config, memoryBytes: 0 });
  for (let i = 0; i < 2; i++) assert.deepEqual(await onDiskAlone.cached.embedImage(image), vectors[0]);
  assert.equal(onDiskAlone.cached.counts.diskHits, 2);
});

test("a folder that cannot be used fails nothing", async () => {
  const file = join(folder, "no-folder");
  await writeFile(file, "");
  const { cached, asked, faults } = caching(embedder, { folder: file });
  for (let i = 0; i < 2; i++) assert.deepEqual(await cached.embedText(text), await embedder.embedText(text));
  await cached.close();
  assert.equal(asked.length, 1);
  assert.equal(faults.length, 1);
  assert.equal(cached.counts.diskErrors, 1);
});

test("the endpoint answers a repeated call with the same bytes and computes nothing", async () => {
  const { cached, asked } = caching();
  const serving = await serve(cached);
  const selfTest = asked.length;
  const row = [image.toString("base64"), otherText];
  const body = envelope(["image", "text"], [row, row]);
  const first = await post(serving, body);
  assert.equal(first.statusCode, 200, first.body);
  const second = await post(serving, body);
  assert.equal(second.body, first.body);
  assert.equal(asked.length - selfTest, 2);
});

import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { VectorStore } from "../../bench/tasks/vector-store.ts";
import { temporaryFolder } from "../golden-small.ts";

test("vectors are found again by what they depend on", async () => {
  const folder = await temporaryFolder();
  const store = await VectorStore.open(folder, ["model", "fp32"], 2);
  await store.add([
    { file: "a", vector: Float32Array.of(1, 2) },
    { file: "å", vector: Float32Array.of(3, 4) },
  ]);
  await store.add([{ file: "c", vector: Float32Array.of(5, 6) }]);
  assert.deepEqual(store.get("c"), Float32Array.of(5, 6));
  const again = await VectorStore.open(folder, ["model", "fp32"], 2);
  assert.deepEqual(
    ["a", "å", "c", "d"].map((file) => again.get(file)),
    [Float32Array.of(1, 2), Float32Array.of(3, 4), Float32Array.of(5, 6), undefined],
  );
  assert.equal((await VectorStore.open(folder, ["model", "int8"], 2)).get("a"), undefined);
});

test("two runs at a time keep the vectors of both", async () => {
  const folder = await temporaryFolder();
  const stores = [await VectorStore.open(folder, [], 1), await VectorStore.open(folder, [], 1)];
  await Promise.all(stores.map((store, i) => store.add([{ file: `${i}`, vector: Float32Array.of(i) }])));
  const both = await VectorStore.open(folder, [], 1);
  assert.deepEqual([both.get("0"), both.get("1")], [Float32Array.of(0), Float32Array.of(1)]);
});

test("what a stopped run has not finished is not read", async () => {
  const folder = await temporaryFolder();
  await VectorStore.open(folder, [], 1);
  const [key] = await readdir(folder);
  await writeFile(join(folder, key, "half-written"), '["a"');
  assert.equal((await VectorStore.open(folder, [], 1)).get("a"), undefined);
});

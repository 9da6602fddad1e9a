import assert from "node:assert/strict";
import { test } from "node:test";
import { Library } from "../../src/library/library.ts";
import { readMap, saveMap } from "../../src/library/library-map.ts";
import { collect, freshPlace, SPACE, storedVector } from "./synthetic.ts";

const map = (method: string, ids: readonly string[], version = 1) => ({
  method,
  seed: 7,
  version,
  made: "2026-01-02T03:04:05.678Z",
  places: new Map(ids.map((id, i) => [id, [i + 0.5, -i] as const])),
});

test("a map is kept beside the records and read as it was, and the next one takes its place", async () => {
  const uri = await freshPlace();
  const library = await Library.openOrCreate({ uri }, SPACE);
  await library.insert(["a", "b"].map((id) => storedVector(id)));
  assert.equal(await readMap({ uri }), undefined);
  const version = await library.version();
  await saveMap({ uri }, map("umap", ["a", "b"], version));
  assert.deepEqual(await readMap({ uri }), map("umap", ["a", "b"], version));
  assert.equal(await library.version(), version, "the records do not change");
  await saveMap({ uri }, map("pca", ["b"]));
  assert.deepEqual(await readMap({ uri }), map("pca", ["b"]));
  assert.deepEqual((await collect(library.records())).map(({ id }) => id).sort(), ["a", "b"]);
  await library.insert([storedVector("c")]);
  assert.ok((await library.version()) > version);
  await library.close();
});

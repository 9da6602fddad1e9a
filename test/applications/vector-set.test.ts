import assert from "node:assert/strict";
import { test } from "node:test";
import { collectVectors } from "../../src/applications/vector-set.ts";
import type { VectorRow } from "../../src/vector-files/vector-file.ts";

const known = { kind: "image", model: "m", weights: "0f".repeat(32), profile: "direct" };
const row = (id: string, told: object = {}, vector = Float32Array.of(1, 0)): VectorRow => ({
  columns: { id, ...known, ...told },
  vector,
});

async function* stream(rows: readonly VectorRow[]): AsyncGenerator<VectorRow> {
  yield* rows;
}

const collect = (...rows: VectorRow[]) => collectVectors(stream(rows), "v.npy");

test("pictures are taken with their ids, texts are passed by", async () => {
  const { ids, vectors, space } = await collect(row("a"), row("some text", { kind: "text" }), row("b"));
  assert.deepEqual(ids, ["a", "b"]);
  assert.deepEqual([vectors.rows, vectors.columns], [2, 2]);
  assert.deepEqual(space, { model: "m", weights: known.weights, profile: "direct", dimensions: 2 });
});

const REFUSED: readonly { name: string; rows: readonly VectorRow[]; code: string; message: RegExp }[] = [
  {
    name: "NaN",
    rows: [row("a"), row("b", {}, Float32Array.of(1, Number.NaN))],
    code: "invalid-data",
    message: /^row 2 of v\.npy holds what is no finite number: embed it again$/,
  },
  {
    name: "an id twice",
    rows: [row("a"), row("b"), row("a")],
    code: "invalid-data",
    message: /^rows 1 and 3 of v\.npy have the same id: each must be there once$/,
  },
  {
    name: "another profile",
    rows: [row("a"), row("b", { profile: "mi2-service" })],
    code: "wrong-space",
    message:
      /^row 2 of v\.npy is of m \(weights 0f0f0f0f, profile mi2-service, 2 values\), those before are of .*direct.*do not compare$/,
  },
  {
    name: "other weights",
    rows: [row("a"), row("b", { weights: "1e".repeat(32) })],
    code: "wrong-space",
    message: /do not compare/,
  },
  {
    name: "another length",
    rows: [row("a"), row("b", {}, Float32Array.of(1, 0, 0))],
    code: "wrong-space",
    message: /3 values.*2 values/,
  },
  {
    name: "rows that do not say of which model they are",
    rows: [row("a", { weights: undefined })],
    code: "invalid-data",
    message: /^row 1 of v\.npy does not say what it is: id, weights and profile are needed/,
  },
  {
    name: "no pictures",
    rows: [row("t", { kind: "text" })],
    code: "invalid-data",
    message: /has no vectors of pictures$/,
  },
];

for (const { name, rows, code, message } of REFUSED) {
  test(`refused: ${name}`, async () => {
    await assert.rejects(collect(...rows), { code, message });
  });
}

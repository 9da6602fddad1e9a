import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { type ExternalTensor, MICROSOFT, OnnxGraph } from "../../src/convert/onnx-graph.ts";
import { writeOnnx } from "../../src/convert/write-onnx.ts";
import { temporaryFolder } from "../golden-small.ts";

const folder = await temporaryFolder();

function external(name: string, values: Float32Array, dims: readonly number[] = [values.length]): ExternalTensor {
  return { name, type: "float32", dims, load: async () => new Uint8Array(values.buffer) };
}

test("the runtime computes what the graph says: weights outside, constants inside, every kind of attribute", async () => {
  const graph = new OnnxGraph();
  const x = graph.input("x", "float32", ["batch", 2]);
  const weight = graph.external(external("w", Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]));
  const bias = graph.constant("float32", [3], [0.5, -0.5, 0]);
  const product = graph.node("Gemm", [x, weight, bias], { transB: 1 }); // an INT; alpha left out
  const swapped = graph.node("Transpose", [product], { perm: [1, 0] }); // INTS
  const [first, rest] = graph.nodes("Split", [swapped, graph.constant("int64", [2], [1, 2])], 2, { axis: 0 });
  const active = graph.node("QuickGelu", [first], { alpha: 2 }, MICROSOFT); // a FLOAT, though whole
  const padded = graph.node("Pad", [rest, graph.constant("int64", [4], [1, 0, 0, 0]), ""], { mode: "edge" }); // a STRING, an input left out
  graph.output("active", active, "float32", [1, "batch"]);
  graph.output("padded", padded, "float32", [3, "batch"]);
  await writeOnnx(graph, folder, "trial");

  const session = await InferenceSession.create(join(folder, "trial.onnx"));
  const result = await session.run({ x: new Tensor("float32", Float32Array.of(1, 1, 0, -1), [2, 2]) });
  const quickGelu = (value: number) => value / (1 + Math.exp(-2 * value));
  for (const [i, value] of [3.5, -1.5].entries()) {
    assert.ok(Math.abs((result.active.data[i] as number) - quickGelu(value)) < 1e-6);
  }
  assert.deepEqual([...(result.padded.data as Float32Array)], [6.5, -4.5, 6.5, -4.5, 11, -6]);
  await session.release();
});

test("weights are aligned, written once, and hashed as they lie on the disk", async () => {
  const graph = new OnnxGraph();
  const small = Float32Array.of(1, 2, 3);
  const large = new Float32Array(1024).fill(7);
  const reported: number[] = [];
  for (const tensor of [external("a", small), external("b", large), external("a", small), external("c", small)]) {
    graph.external(tensor);
  }
  const files = await writeOnnx(graph, folder, "aligned", (bytes) => reported.push(bytes));
  assert.deepEqual(reported, [12, 4096, 12]);

  const data = await readFile(join(folder, "aligned.onnx.data"));
  const floats = new Float32Array(data.buffer, data.byteOffset, data.length / 4);
  assert.deepEqual([...floats.subarray(0, 3)], [1, 2, 3]);
  assert.deepEqual(floats.subarray(1024, 2048), large, "a page of its own");
  assert.deepEqual([...floats.subarray(2048, 2051)], [1, 2, 3], "8192 is a multiple of 64 already");
  for (const [name, hash] of Object.entries(files)) {
    assert.equal(
      createHash("sha256")
        .update(await readFile(join(folder, name)))
        .digest("hex"),
      hash,
    );
  }
});

test("equal constants are stored once, those of another type or shape are not mixed up", () => {
  const graph = new OnnxGraph();
  const one = graph.constant("int64", [1], [3]);
  assert.equal(graph.constant("int64", [1], [3]), one);
  for (const other of [
    graph.constant("int64", [], [3]),
    graph.constant("int64", [1], [4]),
    graph.constant("int32", [1], [3]),
    graph.constant("float32", [1], [3]),
  ]) {
    assert.notEqual(other, one);
  }
});

test("a weight that was not written is a broken promise", () => {
  const graph = new OnnxGraph();
  graph.external(external("w", new Float32Array(1)));
  assert.throws(() => graph.encode("g", new Map()), /external tensor w was not written/);
});

test("a file that is there already is never overwritten", async () => {
  await writeOnnx(new OnnxGraph(), folder, "twice");
  await assert.rejects(writeOnnx(new OnnxGraph(), folder, "twice"), { code: "EEXIST" });
});

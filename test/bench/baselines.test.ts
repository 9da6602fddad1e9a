import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { convertBackbone } from "../../bench/tasks/keras-graph.ts";
import { drawTensor, writeRandomCheckpoint } from "../../bench/tasks/random-weights.ts";
import { openWeights } from "../../src/convert/weights-file.ts";
import { writeOnnx } from "../../src/convert/write-onnx.ts";
import { writeSafetensors } from "../../src/convert/write-safetensors.ts";
import { Embedder } from "../../src/embedder.ts";
import { locateCheckpoint } from "../../src/models/checkpoint-folder.ts";
import { cosine, makeCheckpoint, temporaryFolder } from "../golden-small.ts";

test("written safetensors are read back", async () => {
  const path = join(await temporaryFolder(), "two.safetensors");
  const values = () => Float32Array.of(1, 2, 3, 4, 5, 6);
  await writeSafetensors(path, [
    { name: "matrix", shape: [2, 3], values },
    { name: "scalar", shape: [], values: () => Float32Array.of(7) },
  ]);
  const weights = await openWeights(path);
  assert.deepEqual(weights.tensors.get("matrix")?.shape, [2, 3]);
  assert.deepEqual(await weights.readFloat32("matrix"), values());
  assert.deepEqual(await weights.readFloat32("scalar"), Float32Array.of(7));
  await weights.close();
});

test("random weights have the variance 1 / fan-in, and are the same for the same seed", () => {
  const variance = (values: Float32Array) => values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
  const linear = drawTensor("fc1.weight", [400, 100], 0);
  assert.ok(Math.abs(variance(linear) * 100 - 1) < 0.05);
  assert.ok(Math.abs(variance(drawTensor("image_projection", [400, 100], 0)) * 400 - 1) < 0.05);
  assert.deepEqual(drawTensor("fc1.weight", [400, 100], 0), linear);
  assert.notDeepEqual(drawTensor("fc1.weight", [400, 100], 1), linear);
  assert.deepEqual(drawTensor("norm.weight", [2], 0), Float32Array.of(1, 1));
  assert.deepEqual(drawTensor("norm.bias", [2], 0), Float32Array.of(0, 0));
});

test("a random checkpoint opens as a model of the same shape", async () => {
  const like = await locateCheckpoint(await makeCheckpoint(await temporaryFolder()));
  const folder = join(await temporaryFolder(), "random");
  await writeRandomCheckpoint(like, folder, 0);
  const cacheFolder = await temporaryFolder();
  const embedder = await Embedder.open({
    model: folder,
    precision: "fp32",
    profile: "direct",
    threads: 1,
    cacheFolder,
  });
  const [one, other] = [await embedder.embedText("x-ray"), await embedder.embedText("ultrasound")];
  await embedder.close();
  assert.ok(Math.abs(cosine(one, one) - 1) < 1e-6);
  assert.ok(cosine(one, other) < 0.9999, "different texts have different vectors");
});

/** A Keras model of one kernel that looks at the pixel to the left, with a norm that doubles, on one channel of three. */
async function writeKeras(folder: string): Promise<void> {
  const weights: [name: string, shape: number[], values: number[]][] = [
    ["conv/kernel", [1, 3, 3, 1], [0, 1, 0, 0, 0, 0, 0, 0, 0]], // [height, width, inputs, outputs]: green, left
    ["conv/bias", [1], [-1]],
    ["norm/gamma", [1], [2]],
    ["norm/beta", [1], [0]],
    ["norm/moving_mean", [1], [0]],
    ["norm/moving_variance", [1], [1]],
  ];
  const layer = (name: string, kind: string, config: object, ...inputs: string[]) => ({
    name,
    class_name: kind,
    config,
    inbound_nodes: inputs.length > 0 ? [inputs.map((input) => [input, 0, 0, {}])] : [],
  });
  const layers = [
    layer("input", "InputLayer", {}),
    layer("conv", "Conv2D", { kernel_size: [1, 3], strides: [1, 1], padding: "same" }, "input"),
    layer("norm", "BatchNormalization", { epsilon: 0 }, "conv"),
    layer("relu", "Activation", { activation: "relu" }, "norm"),
    layer("add", "Add", {}, "relu", "norm"),
    layer("pool", "GlobalAveragePooling2D", {}, "add"),
    layer("dense", "Dense", {}, "pool"),
  ];
  const manifest = weights.map(([name, shape]) => ({ name, shape, dtype: "float32" }));
  const model = {
    modelTopology: { model_config: { config: { layers } } },
    weightsManifest: [{ paths: ["one.bin", "two.bin"], weights: manifest }],
  };
  await writeFile(join(folder, "model.json"), JSON.stringify(model));
  const bytes = new Uint8Array(Float32Array.from(weights.flatMap(([, , values]) => values)).buffer);
  await writeFile(join(folder, "one.bin"), bytes.subarray(0, 10)); // cut inside a number
  await writeFile(join(folder, "two.bin"), bytes.subarray(10));
}

test("a Keras network gives its pooled features", async () => {
  const folder = await temporaryFolder();
  await writeKeras(folder);
  const { graph, dimensions } = await convertBackbone(folder);
  assert.equal(dimensions, 1);
  await writeOnnx(graph, folder, "backbone");
  const session = await InferenceSession.create(join(folder, "backbone.onnx"));
  const pixels = Float32Array.from([0, 0, 0, 5, 1, 7, 0, 0, 0]); // [1, 3, 1, 3], green is 5 1 7
  const { pooled } = await session.run({ pixels: new Tensor("float32", pixels, [1, 3, 1, 3]) });
  // Left neighbours 0 5 1, minus 1, doubled: -2 8 0; with their positive part: -2 16 0.
  assert.ok(Math.abs((pooled.data as Float32Array)[0] - 14 / 3) < 1e-4);
  await session.release();
});

test("a layer that is not known is told by its name", async () => {
  const folder = await temporaryFolder();
  await writeKeras(folder);
  const text = await readFile(join(folder, "model.json"), "utf8");
  await writeFile(join(folder, "model.json"), text.replace('"Activation"', '"Attention"'));
  await assert.rejects(convertBackbone(folder), /relu: layers of kind Attention are not converted/);
});

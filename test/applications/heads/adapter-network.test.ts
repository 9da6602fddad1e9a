import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { adapterNetwork } from "../../../src/applications/heads/adapter-network.ts";
import type { Epoch, Tensors } from "../../../src/applications/heads/head.ts";
import { softmaxRows } from "../../../src/applications/matrix.ts";
import { openWeights } from "../../../src/convert/weights-file.ts";
import { largestDifference } from "../../golden-small.ts";
import { heads, testArea, test as testRows, trainingData } from "./small-vectors.ts";

const SETTINGS = { ...adapterNetwork.defaults, width: 32, hidden: 24, learningRate: 1.5e-3 };

async function readTensors(name: string): Promise<Tensors> {
  const weights = await openWeights(join(import.meta.dirname, "../../files/applications", name));
  const tensors: [string, Tensors[string]][] = [];
  for (const { name: tensor, shape } of weights.tensors.values()) {
    tensors.push([tensor, { shape, values: await weights.readFloat32(tensor) }]);
  }
  await weights.close();
  return Object.fromEntries(tensors);
}

for (const file of ["adapter.safetensors", "adapter.pt"]) {
  test(`the state dict of PyTorch in ${file} gives its features and logits`, async () => {
    const head = adapterNetwork.restore(await readTensors(file));
    assert.ok(largestDifference(head.score(testRows.vectors).values, heads.adapter.logits.flat()) < 1e-6);
    const features = head.features(testRows.vectors).values.subarray(0, 6 * 24);
    assert.ok(largestDifference(features, heads.adapter.features.flat()) < 1e-6);
  });
}

test("training goes as PyTorch's from the same seed, and keeps the same epoch", () => {
  const history: Epoch[] = [];
  const data = { ...trainingData("none", 42), onEpoch: (epoch: Epoch) => history.push(epoch) };
  const tensors = adapterNetwork.train(data, { ...SETTINGS, epochs: heads.adapter.history.length });
  for (const [i, { loss, area, accuracy }] of heads.adapter.history.entries()) {
    assert.ok(Math.abs(history[i].loss - loss) < 1e-4, `loss of epoch ${i}: ${history[i].loss}, expected ${loss}`);
    assert.ok(Math.abs(history[i].area - area) < 2e-3, `area of epoch ${i}`);
    assert.ok(Math.abs(history[i].accuracy - accuracy) < 0.02, `accuracy of epoch ${i}`);
  }
  const logits = adapterNetwork.restore(tensors).score(testRows.vectors);
  assert.ok(largestDifference(logits.values, heads.adapter.logits.flat()) < 5e-3);
  assert.ok(Math.abs(testArea(softmaxRows(logits)) - heads.adapter.testArea) < 1e-3);
});

test("classes are weighted as in PyTorch's loss", () => {
  const history: Epoch[] = [];
  const data = { ...trainingData("balanced", 7), onEpoch: (epoch: Epoch) => history.push(epoch) };
  adapterNetwork.train(data, { ...SETTINGS, epochs: 3 });
  for (const [i, { loss }] of heads.adapterBalanced.history.entries()) {
    assert.ok(Math.abs(history[i].loss - loss) < 1e-4, `loss of epoch ${i}: ${history[i].loss}, expected ${loss}`);
  }
});

test("what was trained has the names and shapes of the published state dict, with nothing in the outer taps", async () => {
  const trained = adapterNetwork.train(trainingData(), { ...SETTINGS, epochs: 1 });
  const published = await readTensors("adapter.safetensors");
  const shapes = (tensors: Tensors) =>
    Object.entries(tensors)
      .map(([name, { shape }]) => `${name} ${shape}`)
      .sort();
  assert.deepEqual(shapes(trained), shapes(published));
  for (const name of ["retrieval_conv.0.weight", "retrieval_conv.2.weight"]) {
    const taps = trained[name].values;
    assert.ok(taps.every((value, i) => i % 3 === 1 || value === 0));
    assert.ok(taps.some((value) => value !== 0));
  }
});

test("tensors that do not fit each other are refused with the one that does not", async () => {
  const { "retrieval_conv.2.weight": convolution, ...rest } = await readTensors("adapter.safetensors");
  assert.throws(() => adapterNetwork.restore(rest), {
    code: "corrupt-checkpoint",
    message: "the tensor retrieval_conv.2.weight is missing, needed: shape [any, 24, 3]",
  });
  const wide = { ...convolution, shape: [8, 72, 3] };
  assert.throws(() => adapterNetwork.restore({ ...rest, "retrieval_conv.2.weight": wide }), {
    code: "corrupt-checkpoint",
    message: "the tensor retrieval_conv.2.weight has shape [8, 72, 3], needed: [any, 24, 3]",
  });
});

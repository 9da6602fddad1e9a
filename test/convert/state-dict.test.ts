import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { canonicalName } from "../../src/convert/canonical-name.ts";
import { expectedTensors, matchStateDict } from "../../src/convert/state-dict.ts";
import type { StoredTensor } from "../../src/convert/stored-tensor.ts";
import { openWeights } from "../../src/convert/weights-file.ts";
import { parseModelConfig } from "../../src/models/model-config.ts";
import { golden } from "./forge.ts";

const config = parseModelConfig(await readFile(golden("config.yaml"), "utf8"));
const expected = expectedTensors(config, 768);
const stored = [...expected].map(([name, shape]): StoredTensor => ({ name, dtype: "float32", shape }));

function match(tensors: readonly StoredTensor[]): Map<string, StoredTensor> {
  return matchStateDict({ tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])) }, expected);
}

function renamed(rename: (name: string) => string): StoredTensor[] {
  return stored.map((tensor) => ({ ...tensor, name: rename(tensor.name) }));
}

test("the templates are the tensors of the golden checkpoint", async () => {
  const weights = await openWeights(golden("model.safetensors"));
  await weights.close();
  const shapes = [...weights.tensors.values()].map(({ name, shape }) => [name, shape] as const);
  assert.deepEqual(new Map([...expected].sort()), new Map(shapes.sort()));
  assert.deepEqual([...matchStateDict(weights, expected).keys()].sort(), [...expected.keys()].sort());
});

test("the published sizes give 601 tensors with 615,996,417 parameters", () => {
  const widths = [256, 512, 1024, 2048];
  const stages = config.image.stages.map((stage, i) => ({ ...stage, width: widths[i], depth: i === 2 ? 9 : 1 }));
  const published = {
    ...config,
    image: { ...config.image, stages },
    text: { contextLength: 77, width: 1024, heads: 16, layers: 16 },
    projection: 1024,
  };
  const shapes = [...expectedTensors(published, 49_408).values()];
  assert.equal(shapes.length, 601);
  assert.equal(
    shapes.reduce((sum, shape) => sum + shape.reduce((product, size) => product * size, 1), 0),
    615_996_417,
  );
});

test("older names have the published ones", () => {
  const block = "image_encoder.blocks.2.8";
  const aliases = {
    "module.logit_scale": "logit_scale",
    "visual.norms.weight": "image_encoder.norms.weight",
    "text.ln_final.bias": "lang_encoder.ln_final.bias",
    "module.module.vision_projection": "image_projection",
    text_projection: "lang_projection",
    "visual.conv_embeds.3.proj.weight": "image_encoder.convs.3.proj.weight",
    "visual.main_blocks.2.8.0.cpe.0.proj.weight": `${block}.spatial_block.conv1.fn.dw.weight`,
    "visual.main_blocks.2.8.0.attn.qkv.bias": `${block}.spatial_block.window_attn.fn.qkv.bias`,
    "visual.main_blocks.2.8.0.cpe.1.proj.bias": `${block}.spatial_block.conv2.fn.dw.bias`,
    "visual.main_blocks.2.8.0.mlp.fc1.weight": `${block}.spatial_block.ffn.fn.net.fc1.weight`,
    "visual.main_blocks.2.8.0.norm1.weight": `${block}.spatial_block.window_attn.norm.weight`,
    "visual.main_blocks.2.8.0.norm2.weight": `${block}.spatial_block.ffn.norm.weight`,
    "image_encoder.main_blocks.2.8.1.cpe.0.proj.bias": `${block}.channel_block.conv1.fn.dw.bias`,
    "image_encoder.main_blocks.2.8.1.attn.proj.weight": `${block}.channel_block.channel_attn.fn.proj.weight`,
    "image_encoder.main_blocks.2.8.1.cpe.1.proj.weight": `${block}.channel_block.conv2.fn.dw.weight`,
    "image_encoder.main_blocks.2.8.1.mlp.fc2.bias": `${block}.channel_block.ffn.fn.net.fc2.bias`,
    "image_encoder.main_blocks.2.8.1.norm1.bias": `${block}.channel_block.channel_attn.norm.bias`,
    "image_encoder.main_blocks.2.8.1.norm2.bias": `${block}.channel_block.ffn.norm.bias`,
  };
  for (const [name, canonical] of Object.entries(aliases)) assert.equal(canonicalName(name), canonical);
});

test("published names stay as they are", () => {
  for (const name of expected.keys()) assert.equal(canonicalName(name), name);
});

test("a state dict under older names matches, and keeps the names to read by", () => {
  const older = match(renamed((name) => `module.${name.replace("image_encoder.convs", "visual.conv_embeds")}`));
  assert.equal(older.size, expected.size);
  assert.equal(older.get("image_encoder.convs.0.proj.bias")?.name, "module.visual.conv_embeds.0.proj.bias");
});

const shape = [64, 32];
const wrong: [string, StoredTensor[], RegExp][] = [
  ["a missing tensor", stored.filter(({ name }) => name !== "logit_scale"), /config\.yaml: "logit_scale" is missing$/],
  [
    "a tensor too many",
    [...stored, { name: "head.weight", dtype: "float32", shape: [2] }],
    /"head\.weight" is not part of the model$/,
  ],
  [
    "an integer buffer",
    [...stored, { name: "position_ids", dtype: "int64", shape: [1] }],
    /"position_ids" is not part/,
  ],
  ["a name of Object", [...stored, { name: "__proto__", dtype: "float32", shape: [] }], /"__proto__" is not part/],
  [
    "integers as weights",
    stored.map((tensor) => (tensor.name === "logit_scale" ? { ...tensor, dtype: "int64" } : tensor)),
    /holds int64/,
  ],
  [
    "the same tensor twice",
    [...stored, { name: "module.logit_scale", dtype: "float32", shape: [] }],
    /"module\.logit_scale" and "logit_scale" are the same/,
  ],
  [
    "a transposed projection",
    stored.map((tensor) => (tensor.name === "lang_projection" ? { ...tensor, shape: [20, 32] } : tensor)),
    /has the shape \[20,32\], needed: \[32,20\]$/,
  ],
  [
    "a scalar as a vector",
    stored.map((tensor) => (tensor.name === "logit_scale" ? { ...tensor, shape: [1] } : tensor)),
    /shape \[1\], needed: \[\]/,
  ],
  [
    "another context length",
    stored.map((tensor) => (tensor.name.endsWith("positional_embedding") ? { ...tensor, shape } : tensor)),
    /\[64,32\], needed: \[77,32\] \(it is not stretched/,
  ],
  [
    "another model",
    renamed((name) => `other.${name}`),
    /"other\.[^;]+; "other\.[^;]+; "other\.[^;]+; and 415 others like these$/,
  ],
];

for (const [name, tensors, message] of wrong) {
  test(`${name} is refused`, () => assert.throws(() => match(tensors), { code: "wrong-checkpoint", message }));
}

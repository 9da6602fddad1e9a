import type { ModelConfig } from "../models/model-config.ts";
import { l2Normalize, layerNorm, linear, type Network, reshape, weight } from "./layers.ts";
import { MICROSOFT, type Value } from "./onnx-graph.ts";

/** The text tower has a layer norm of its own, after TensorFlow's. */
const EPSILON = 1e-12;

/**
 * The text tower: a pre-norm transformer without causal mask (CLIP's, Radford et al. 2021, made bidirectional), then the projection.
 * The length is free up to the context length: cutting the padding off is exact, because padded keys are masked and
 * queries do not see each other.
 * @param ids int64 [batch, length], padded with anything behind each text
 * @param lengths int64 [batch], the true number of tokens of each text
 * @returns unit vectors, float32 [batch, projection]
 */
export function textTower(
  network: Network,
  config: ModelConfig,
  vocabularySize: number,
  ids: Value,
  lengths: Value,
): Value {
  const { graph } = network;
  const { width, heads, layers, contextLength } = config.text;
  const int64 = (...values: number[]) => graph.constant("int64", [values.length], values);
  const length = graph.node("Shape", [ids], { start: 1, end: 2 }); // [1]
  const embeddings = graph.node("Gather", [
    weight(network, "lang_encoder.token_embedding.weight", [vocabularySize, width]),
    ids,
  ]);
  const allPositions = weight(network, "lang_encoder.positional_embedding", [contextLength, width]);
  const positions = graph.node("Slice", [allPositions, int64(0), length, int64(0)]); // [length, width]
  let x = graph.node("Add", [embeddings, positions]); // [batch, length, width]

  const mask = paddingMask(network, lengths, length);
  for (let i = 0; i < layers; i++) {
    const block = `lang_encoder.resblocks.${i}`;
    x = graph.node("Add", [
      x,
      selfAttention(network, layerNorm(network, x, `${block}.ln_1`, width, EPSILON), mask, width, heads, block),
    ]);
    x = graph.node("Add", [
      x,
      perceptron(network, layerNorm(network, x, `${block}.ln_2`, width, EPSILON), block, width),
    ]);
  }
  // The end-of-text token has the highest id: its first occurrence is pooled. The norm is per token, so it may wait until then.
  const end = graph.node("ArgMax", [ids], { axis: 1, keepdims: 1 }); // [batch, 1]
  const pooled = graph.node("GatherND", [x, end], { batch_dims: 1 }); // [batch, width]
  const normed = layerNorm(network, pooled, "lang_encoder.ln_final", width, EPSILON);
  return l2Normalize(
    network,
    graph.node("MatMul", [normed, weight(network, "lang_projection", [width, config.projection])]),
  );
}

/** 0 for the tokens of a text, a large negative number behind it: float32 [batch, 1, 1, length] */
function paddingMask({ graph }: Network, lengths: Value, length: Value): Value {
  const scalar = (value: number) => graph.constant("int64", [], [value]);
  const positions = graph.node("Range", [scalar(0), graph.node("Squeeze", [length]), scalar(1)]); // [length]
  const isPadding = graph.node("GreaterOrEqual", [
    positions,
    graph.node("Unsqueeze", [lengths, graph.constant("int64", [3], [1, 2, 3])]),
  ]);
  return graph.node("Where", [isPadding, graph.constant("float32", [], [-3e38]), graph.constant("float32", [], [0])]);
}

/** @returns [batch, length, width] */
function selfAttention(network: Network, x: Value, mask: Value, width: number, heads: number, block: string): Value {
  const { graph } = network;
  const size = width / heads;
  const names = {
    weight: `${block}.attn.in_proj_weight`,
    bias: `${block}.attn.in_proj_bias`,
    inputs: width,
    outputs: 3 * width,
  };
  const qkv = linear(network, reshape(network, x, [-1, width]), names); // [batch * length, 3 * width], rows of the weight: q, k, v
  const pieces = graph.node("Reshape", [
    qkv,
    graph.node(
      "Concat",
      [graph.node("Shape", [x], { start: 0, end: 2 }), graph.constant("int64", [3], [3, heads, size])],
      { axis: 0 },
    ),
  ]);
  const byHead = graph.node("Transpose", [pieces], { perm: [2, 0, 3, 1, 4] }); // [3, batch, heads, length, size]
  const take = (which: number) => graph.node("Gather", [byHead, graph.constant("int64", [], [which])], { axis: 0 });
  const scores = graph.node("FusedMatMul", [take(0), take(1)], { transB: 1, alpha: size ** -0.5 }, MICROSOFT); // [batch, heads, length, length]
  const weights = graph.node("Softmax", [graph.node("Add", [scores, mask])]);
  const attended = graph.node("Transpose", [graph.node("MatMul", [weights, take(2)])], { perm: [0, 2, 1, 3] }); // [batch, length, heads, size]
  const rows = reshape(network, attended, [-1, width]);
  const out = linear(network, rows, {
    weight: `${block}.attn.out_proj.weight`,
    bias: `${block}.attn.out_proj.bias`,
    inputs: width,
    outputs: width,
  });
  return graph.node("Reshape", [out, graph.node("Shape", [x])]);
}

/** @returns [batch, length, width] */
function perceptron(network: Network, x: Value, block: string, width: number): Value {
  const { graph } = network;
  const names = (layer: string, inputs: number, outputs: number) => ({
    weight: `${block}.mlp.${layer}.weight`,
    bias: `${block}.mlp.${layer}.bias`,
    inputs,
    outputs,
  });
  const hidden = linear(network, reshape(network, x, [-1, width]), names("c_fc", width, 4 * width));
  const active = graph.node("QuickGelu", [hidden], { alpha: 1.702 }, MICROSOFT); // x * sigmoid(1.702 x)
  const out = linear(network, active, names("c_proj", 4 * width, width));
  return graph.node("Reshape", [out, graph.node("Shape", [x])]);
}

import type { ModelConfig } from "../models/model-config.ts";
import { layerNorm, linear, linearNames, type Network, neverAlone, project, reshape, weight } from "./layers.ts";
import { MICROSOFT, type Value } from "./onnx-graph.ts";

/** The text tower has a layer norm of its own, after TensorFlow's. */
const EPSILON = 1e-12;

/**
 * The text tower: a pre-norm transformer without causal mask (CLIP's, Radford et al. 2021, made bidirectional), then the
 * projection. All texts of a batch have one length, up to the context length: leaving the padding away is exact, because
 * padded keys are masked and queries do not see each other.
 * @param ids int64 [batch, length]
 * @returns unit vectors, float32 [batch, projection]
 */
export function textTower(network: Network, config: ModelConfig, vocabularySize: number, ids: Value): Value {
  const { graph } = network;
  const { width, layers, contextLength } = config.text;
  const int64 = (...values: number[]) => graph.constant("int64", [values.length], values);
  const tokenEmbedding = weight(network, "lang_encoder.token_embedding.weight", [vocabularySize, width]);
  const allPositions = weight(network, "lang_encoder.positional_embedding", [contextLength, width]);
  const length = graph.node("Shape", [ids], { start: 1, end: 2 }); // [1]
  const positions = graph.node("Slice", [allPositions, int64(0), length, int64(0)]); // [length, width]
  let x = graph.node("Add", [graph.node("Gather", [tokenEmbedding, ids]), positions]); // [batch, length, width]
  for (let i = 0; i < layers; i++) {
    const block = `lang_encoder.resblocks.${i}`;
    x = residual(network, x, `${block}.ln_1`, width, (rows) => selfAttention(network, rows, x, config.text, block));
    x = residual(network, x, `${block}.ln_2`, width, (rows) => perceptron(network, rows, width, block));
  }
  // The end-of-text token has the highest id: its first occurrence is pooled. The norm is per token, so it may wait until then.
  const end = graph.node("ArgMax", [ids], { axis: 1, keepdims: 1 }); // [batch, 1]
  const pooled = graph.node("GatherND", [x, end], { batch_dims: 1 }); // [batch, width]
  return neverAlone(network, pooled, 2, (several) => {
    const normed = layerNorm(network, several, "lang_encoder.ln_final", width, EPSILON);
    return project(network, normed, "lang_projection", width, config.projection); // [batch, projection]
  });
}

/** x + layer(LN(x)), the layer on rows [batch * length, width] */
function residual(network: Network, x: Value, norm: string, width: number, layer: (rows: Value) => Value): Value {
  const { graph } = network;
  const rows = reshape(network, layerNorm(network, x, norm, width, EPSILON), [-1, width]);
  return graph.node("Add", [x, graph.node("Reshape", [layer(rows), graph.node("Shape", [x])])]);
}

/** @param like any value of shape [batch, length, width] */
function selfAttention(
  network: Network,
  rows: Value,
  like: Value,
  { width, heads }: ModelConfig["text"],
  block: string,
): Value {
  const { graph } = network;
  const qkv = linear(network, rows, {
    weight: `${block}.attn.in_proj_weight`, // rows: q, k, v
    bias: `${block}.attn.in_proj_bias`,
    inputs: width,
    outputs: 3 * width,
  });
  const shape = graph.node("Shape", [like]);
  const thirds = graph.nodes("Split", [qkv], 3, { axis: 1, num_outputs: 3 });
  const [q, k, v] = thirds.map((third) => graph.node("Reshape", [third, shape])); // [batch, length, width] each
  const attended = graph.node("MultiHeadAttention", [q, k, v], { num_heads: heads }, MICROSOFT);
  return linear(network, reshape(network, attended, [-1, width]), linearNames(`${block}.attn.out_proj`, width, width));
}

function perceptron(network: Network, rows: Value, width: number, block: string): Value {
  const hidden = linear(network, rows, linearNames(`${block}.mlp.c_fc`, width, 4 * width));
  const active = network.graph.node("QuickGelu", [hidden], { alpha: 1.702 }, MICROSOFT); // x * sigmoid(1.702 x)
  return linear(network, active, linearNames(`${block}.mlp.c_proj`, 4 * width, width));
}

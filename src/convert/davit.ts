import { type ModelConfig, type StageConfig, sideAfter } from "../models/model-config.ts";
import { layerNorm, linear, linearNames, type Network, neverAlone, project, reshape, weight } from "./layers.ts";
import { MICROSOFT, type Value } from "./onnx-graph.ts";

/** torch's default, used throughout the image tower. */
const EPSILON = 1e-5;

/** Tokens of one stage: [batch, height * width, channels], row-major in (y, x). */
interface FeatureMap {
  readonly tokens: Value;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/**
 * The image tower: DaViT (Ding et al., ECCV 2022, arXiv 2204.03645) as MedImageInsight configures it, then the projection.
 * @param pixels uint8 [batch, height, width, 3]
 * @returns unit vectors, float32 [batch, projection]
 */
export function imageTower(network: Network, config: ModelConfig, pixels: Value): Value {
  const { graph } = network;
  let map: FeatureMap = {
    tokens: normalizePixels(network, config, pixels),
    height: config.image.height,
    width: config.image.width,
    channels: 3,
  };
  for (const [s, stage] of config.image.stages.entries()) {
    map = patchEmbed(network, map, stage, `image_encoder.convs.${s}`, s === 0);
    for (let j = 0; j < stage.depth; j++) {
      const block = `image_encoder.blocks.${s}.${j}`;
      map = spatialBlock(network, map, stage.heads, config.image.window, `${block}.spatial_block`);
      map = channelBlock(network, map, stage.groups, `${block}.channel_block`);
    }
  }
  return neverAlone(network, map.tokens, 3, (tokens) => {
    const mean = graph.node("ReduceMean", [tokens, graph.constant("int64", [1], [1])], { keepdims: 0 }); // [batch, channels]
    const pooled = layerNorm(network, mean, "image_encoder.norms", map.channels, EPSILON);
    return project(network, pooled, "image_projection", map.channels, config.projection); // [batch, projection]
  });
}

/** (pixel / 255 - mean) / std, in the order in which torchvision rounds. uint8 [batch, height, width, 3] → float32 [batch, 3, height, width] */
function normalizePixels({ graph }: Network, { image }: ModelConfig, pixels: Value): Value {
  const channels = graph.node("Cast", [graph.node("Transpose", [pixels], { perm: [0, 3, 1, 2] })], { to: 1 });
  const unit = graph.node("Div", [channels, graph.constant("float32", [], [255])]);
  const centred = graph.node("Sub", [unit, graph.constant("float32", [3, 1, 1], image.mean)]);
  return graph.node("Div", [centred, graph.constant("float32", [3, 1, 1], image.std)]);
}

/** Halves (first: quarters) the resolution. The first stage takes [batch, 3, height, width] instead of tokens. */
function patchEmbed(network: Network, map: FeatureMap, stage: StageConfig, name: string, isFirst: boolean): FeatureMap {
  const { graph } = network;
  const normed = stage.prenorm
    ? { ...map, tokens: layerNorm(network, map.tokens, `${name}.norm`, map.channels, EPSILON) }
    : map;
  const planes = isFirst ? map.tokens : toPlanes(network, normed);
  const kernel = weight(network, `${name}.proj.weight`, [stage.width, map.channels, stage.patchSize, stage.patchSize]);
  const bias = weight(network, `${name}.proj.bias`, [stage.width]);
  const { patchSize, patchStride, patchPadding } = stage;
  const convolved = graph.node("Conv", [planes, kernel, bias], {
    kernel_shape: [patchSize, patchSize],
    strides: [patchStride, patchStride],
    pads: [patchPadding, patchPadding, patchPadding, patchPadding],
  }); // [batch, stage.width, height', width']
  const output = { height: sideAfter(stage, map.height), width: sideAfter(stage, map.width), channels: stage.width };
  const tokens = toTokens(network, convolved, output);
  return {
    ...output,
    tokens: stage.prenorm ? tokens : layerNorm(network, tokens, `${name}.norm`, stage.width, EPSILON),
  };
}

function spatialBlock(network: Network, map: FeatureMap, heads: number, window: number, name: string): FeatureMap {
  const positioned = depthwise(network, map, `${name}.conv1`);
  const attended = residual(network, positioned, `${name}.window_attn`, (normed) =>
    windowAttention(network, normed, heads, window, `${name}.window_attn.fn`),
  );
  return feedForward(network, attended, name);
}

function channelBlock(network: Network, map: FeatureMap, groups: number, name: string): FeatureMap {
  const positioned = depthwise(network, map, `${name}.conv1`);
  const attended = residual(network, positioned, `${name}.channel_attn`, (normed) =>
    channelAttention(network, normed, groups, `${name}.channel_attn.fn`),
  );
  return feedForward(network, attended, name);
}

/** The second half of either block: positional convolution, then the two-layer perceptron. */
function feedForward(network: Network, map: FeatureMap, name: string): FeatureMap {
  const { channels } = map;
  const positioned = depthwise(network, map, `${name}.conv2`);
  return residual(network, positioned, `${name}.ffn`, ({ tokens }) => {
    const rows = reshape(network, tokens, [-1, channels]);
    const hidden = linear(network, rows, linearNames(`${name}.ffn.fn.net.fc1`, channels, 4 * channels)); // [batch * tokens, 4 * channels]
    const active = network.graph.node("Gelu", [hidden]); // exact erf form
    return linear(network, active, linearNames(`${name}.ffn.fn.net.fc2`, 4 * channels, channels));
  });
}

/** x + layer(LN(x)) */
function residual(network: Network, map: FeatureMap, name: string, layer: (normed: FeatureMap) => Value): FeatureMap {
  const { tokens, height, width, channels } = map;
  const normed = layerNorm(network, tokens, `${name}.norm`, channels, EPSILON);
  const change = reshape(network, layer({ ...map, tokens: normed }), [-1, height * width, channels]);
  return { ...map, tokens: network.graph.node("Add", [tokens, change]) };
}

/** x + DW(x), with the residual folded into the kernel: one more at its centre. */
function depthwise(network: Network, map: FeatureMap, name: string): FeatureMap {
  const { channels } = map;
  const addIdentity = (kernel: Float32Array) => kernel.map((value, i) => (i % 9 === 4 ? value + 1 : value));
  const kernel = weight(network, `${name}.fn.dw.weight`, [channels, 1, 3, 3], addIdentity);
  const bias = weight(network, `${name}.fn.dw.bias`, [channels]);
  const convolved = network.graph.node("Conv", [toPlanes(network, map), kernel, bias], {
    group: channels,
    kernel_shape: [3, 3],
    pads: [1, 1, 1, 1],
  });
  return { ...map, tokens: toTokens(network, convolved, map) };
}

/**
 * Attention inside windows of window × window tokens. The map is padded right and bottom with zeros after the norm, so a
 * padded token has the bias as its query, key and value, and it is attended. One zero row behind the tokens stands for all
 * of them: an index table cuts the windows and pads them in one go, and another one puts the tokens back.
 * @returns [batch * tokens, channels]
 */
function windowAttention(network: Network, map: FeatureMap, heads: number, window: number, name: string): Value {
  const { graph } = network;
  const { height, width, channels } = map;
  const tokens = height * width;
  const isPadded = height % window !== 0 || width % window !== 0;
  const padded = isPadded
    ? graph.node("Pad", [map.tokens, graph.constant("int64", [6], [0, 0, 0, 0, 1, 0])])
    : map.tokens;
  const rows = reshape(network, padded, [-1, channels]);
  const qkv = linear(network, rows, linearNames(`${name}.qkv`, channels, 3 * channels)); // [batch * rows, 3 * channels]
  const thirds = reshape(network, qkv, [-1, (isPadded ? tokens + 1 : tokens) * 3, channels]);

  const members = windowTokens(height, width, window); // the token at each place of each window
  const take = (which: number) => {
    const table = graph.constant(
      "int32",
      [members.length],
      members.map((token) => 3 * token + which),
    );
    const taken = graph.node("Gather", [thirds, table], { axis: 1 }); // [batch, windows * window², channels]
    return reshape(network, taken, [-1, window * window, channels]); // [batch * windows, window², channels]
  };
  const attended = graph.node("MultiHeadAttention", [take(0), take(1), take(2)], { num_heads: heads }, MICROSOFT);

  const places = new Array<number>(tokens);
  for (const [place, token] of members.entries()) if (token < tokens) places[token] = place;
  const inWindows = reshape(network, attended, [-1, members.length, channels]);
  const inOrder = graph.node("Gather", [inWindows, graph.constant("int32", [tokens], places)], { axis: 1 }); // [batch, tokens, channels]
  return linear(network, reshape(network, inOrder, [-1, channels]), linearNames(`${name}.proj`, channels, channels));
}

/** The tokens of all windows, windows row-major, tokens row-major inside each; places beyond the map hold the index behind the last token. */
function windowTokens(height: number, width: number, window: number): number[] {
  const members: number[] = [];
  for (let top = 0; top < height; top += window) {
    for (let left = 0; left < width; left += window) {
      for (let y = top; y < top + window; y++) {
        for (let x = left; x < left + window; x++)
          members.push(y < height && x < width ? y * width + x : height * width);
      }
    }
  }
  return members;
}

/**
 * Attention among the channels of each group, scaled by the number of tokens.
 * @returns [batch * tokens, channels]
 */
function channelAttention(network: Network, map: FeatureMap, groups: number, name: string): Value {
  const { graph } = network;
  const { height, width, channels } = map;
  const size = channels / groups;
  const tokens = height * width;
  const qkv = linear(
    network,
    reshape(network, map.tokens, [-1, channels]),
    linearNames(`${name}.qkv`, channels, 3 * channels),
  );
  const pieces = reshape(network, qkv, [-1, tokens * 3 * groups, size]);
  const take = (which: number) => {
    const index = Array.from({ length: groups }, (_, group) =>
      Array.from({ length: tokens }, (_, token) => (token * 3 + which) * groups + group),
    ).flat();
    return graph.node("Gather", [pieces, graph.constant("int32", [groups, tokens], index)], { axis: 1 }); // [batch, groups, tokens, size]
  };
  const scores = graph.node("FusedMatMul", [take(0), take(1)], { transA: 1, alpha: tokens ** -0.5 }, MICROSOFT); // [batch, groups, size, size]
  const attended = graph.node("FusedMatMul", [take(2), graph.node("Softmax", [scores])], { transB: 1 }, MICROSOFT); // [batch, groups, tokens, size]
  const joined = graph.node("Transpose", [attended], { perm: [0, 2, 1, 3] }); // [batch, tokens, groups, size]
  return linear(network, reshape(network, joined, [-1, channels]), linearNames(`${name}.proj`, channels, channels));
}

/** [batch, height * width, channels] → [batch, channels, height, width] */
function toPlanes(network: Network, { tokens, height, width, channels }: FeatureMap): Value {
  return network.graph.node("Transpose", [reshape(network, tokens, [-1, height, width, channels])], {
    perm: [0, 3, 1, 2],
  });
}

/** [batch, channels, height, width] → [batch, height * width, channels] */
function toTokens(network: Network, planes: Value, { height, width, channels }: Omit<FeatureMap, "tokens">): Value {
  return reshape(network, network.graph.node("Transpose", [planes], { perm: [0, 2, 3, 1] }), [
    -1,
    height * width,
    channels,
  ]);
}

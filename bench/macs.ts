import { type ModelConfig, type StageConfig, sideAfter } from "../src/models/model-config.ts";

/** Multiply-accumulates of one item: what a precision rung multiplies its own way, and what stays float32 on every rung. */
export interface Macs {
  readonly linear: number;
  readonly other: number;
}

/**
 * Multiply-accumulates of the image tower for one picture.
 * @param padding whether the linear layers of the windows count their padding too, as the published 312.7 G of the
 * 480x480 model do; our graph folds it away
 */
export function imageMacs({ image, projection }: ModelConfig, padding: "counted" | "folded" = "folded"): Macs {
  let { height, width } = image;
  let channels = 3;
  let total: Macs = { linear: 0, other: 0 };
  for (const stage of image.stages) {
    [height, width] = [sideAfter(stage, height), sideAfter(stage, width)];
    total = add(total, { linear: 0, other: height * width * stage.patchSize ** 2 * channels * stage.width });
    const block = blockMacs(stage, height, width, image.window, padding);
    for (let i = 0; i < stage.depth; i++) total = add(total, block);
    channels = stage.width;
  }
  return add(total, { linear: 0, other: channels * projection });
}

/** The mean over texts of so many tokens each. */
export function meanTextMacs(config: ModelConfig, tokens: readonly number[]): Macs {
  const { linear, other } = tokens.map((count) => textMacs(config, count)).reduce(add);
  return { linear: linear / tokens.length, other: other / tokens.length };
}

/** Multiply-accumulates of the text tower for one text of so many tokens, start and end included. */
function textMacs({ text, projection }: ModelConfig, tokens: number): Macs {
  const { width, layers } = text;
  return {
    linear: layers * 12 * tokens * width ** 2, // qkv 3, out 1, perceptron 4 + 4
    other: layers * 2 * tokens ** 2 * width + width * projection,
  };
}

/** A spatial and a channel block. */
function blockMacs(
  { width: channels, groups }: StageConfig,
  height: number,
  width: number,
  window: number,
  padding: "counted" | "folded",
): Macs {
  const tokens = height * width;
  const padded = Math.ceil(height / window) * Math.ceil(width / window) * window ** 2;
  const windowRows = padding === "counted" ? padded : tokens;
  const perceptrons = 2 * 8 * tokens * channels ** 2;
  const attentionLayers = 4 * (windowRows + tokens) * channels ** 2; // qkv 3, proj 1
  const windowProducts = 2 * padded * window ** 2 * channels;
  const channelProducts = 2 * tokens * (channels / groups) * channels;
  const depthwise = 4 * 9 * tokens * channels;
  return { linear: perceptrons + attentionLayers, other: windowProducts + channelProducts + depthwise };
}

function add(a: Macs, b: Macs): Macs {
  return { linear: a.linear + b.linear, other: a.other + b.other };
}

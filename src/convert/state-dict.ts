import { MedembedError } from "../errors.ts";
import type { ModelConfig, StageConfig } from "../models/model-config.ts";
import { canonicalName } from "./canonical-name.ts";
import { quote } from "./corrupt-checkpoint.ts";
import { elementTraits } from "./element-type.ts";
import type { StoredTensor } from "./stored-tensor.ts";
import type { WeightsFile } from "./weights-file.ts";

type Shape = readonly number[];
type NamedShape = readonly [name: string, shape: Shape];

/** The hidden layer of each MLP is four times as wide as the tokens; the code of the published model never sets another. */
const MLP_RATIO = 4;
/** Enough to see what is wrong; the rest is counted. */
const MAX_LISTED = 3;

/** The tensors of a model, by name; linear weights are [out, in], the projections [in, out]. */
export function expectedTensors(config: ModelConfig, vocabularySize: number): Map<string, Shape> {
  const { image, text, projection } = config;
  const pooledWidth = image.stages[image.stages.length - 1].width;
  return new Map<string, Shape>([
    ...image.stages.flatMap((stage, index) =>
      stageTensors(stage, index, index === 0 ? 3 : image.stages[index - 1].width),
    ),
    ...norm("image_encoder.norms", pooledWidth),
    ["image_projection", [pooledWidth, projection]],
    ["lang_encoder.token_embedding.weight", [vocabularySize, text.width]],
    ["lang_encoder.positional_embedding", [text.contextLength, text.width]],
    ...Array.from({ length: text.layers }, (_, layer) =>
      resblock(`lang_encoder.resblocks.${layer}`, text.width),
    ).flat(),
    ...norm("lang_encoder.ln_final", text.width),
    ["lang_projection", [text.width, projection]],
    ["logit_scale", []],
  ]);
}

/**
 * Finds for each expected name the stored tensor, also under the names of wrappers and of older code. Strict: what is
 * missing, left over, named twice, of another shape or no floating point is an error.
 * @returns stored tensors by the names of `expected`; `readFloat32` takes the `name` inside
 * @throws MedembedError "wrong-checkpoint" that names some of the tensors and counts the others
 */
export function matchStateDict(
  weights: Pick<WeightsFile, "tensors">,
  expected: ReadonlyMap<string, Shape>,
): Map<string, StoredTensor> {
  const matched = new Map<string, StoredTensor>();
  const problems: string[] = [];
  for (const tensor of weights.tensors.values()) {
    const name = canonicalName(tensor.name);
    const shape = expected.get(name);
    const other = matched.get(name);
    if (!shape) problems.push(`${quote(tensor.name)} is not part of the model`);
    else if (other) problems.push(`${quote(tensor.name)} and ${quote(other.name)} are the same tensor`);
    else problems.push(...misfits(name, tensor, shape));
    matched.set(name, tensor);
  }
  for (const name of expected.keys()) {
    if (!matched.has(name)) problems.push(`${quote(name)} is missing`);
  }
  if (problems.length > 0) {
    const others = problems.length > MAX_LISTED ? `; and ${problems.length - MAX_LISTED} others like these` : "";
    throw new MedembedError(
      "wrong-checkpoint",
      `the weights do not fit config.yaml: ${problems.slice(0, MAX_LISTED).join("; ")}${others}`,
    );
  }
  return matched;
}

function stageTensors(stage: StageConfig, index: number, previousWidth: number): NamedShape[] {
  const { width, patchSize, prenorm, depth } = stage;
  const conv = `image_encoder.convs.${index}`;
  return [
    [`${conv}.proj.weight`, [width, previousWidth, patchSize, patchSize]],
    [`${conv}.proj.bias`, [width]],
    ...norm(`${conv}.norm`, prenorm ? previousWidth : width),
    ...Array.from({ length: depth }, (_, unit) => [
      ...block(`image_encoder.blocks.${index}.${unit}.spatial_block`, "window_attn", width),
      ...block(`image_encoder.blocks.${index}.${unit}.channel_block`, "channel_attn", width),
    ]).flat(),
  ];
}

function block(name: string, attention: string, width: number): NamedShape[] {
  return [
    ...depthwise(`${name}.conv1.fn.dw`, width),
    ...norm(`${name}.${attention}.norm`, width),
    ...linear(`${name}.${attention}.fn.qkv`, width, 3 * width),
    ...linear(`${name}.${attention}.fn.proj`, width, width),
    ...depthwise(`${name}.conv2.fn.dw`, width),
    ...norm(`${name}.ffn.norm`, width),
    ...linear(`${name}.ffn.fn.net.fc1`, width, MLP_RATIO * width),
    ...linear(`${name}.ffn.fn.net.fc2`, MLP_RATIO * width, width),
  ];
}

function resblock(name: string, width: number): NamedShape[] {
  return [
    ...norm(`${name}.ln_1`, width),
    [`${name}.attn.in_proj_weight`, [3 * width, width]],
    [`${name}.attn.in_proj_bias`, [3 * width]],
    ...linear(`${name}.attn.out_proj`, width, width),
    ...norm(`${name}.ln_2`, width),
    ...linear(`${name}.mlp.c_fc`, width, MLP_RATIO * width),
    ...linear(`${name}.mlp.c_proj`, MLP_RATIO * width, width),
  ];
}

function norm(name: string, width: number): NamedShape[] {
  return [
    [`${name}.weight`, [width]],
    [`${name}.bias`, [width]],
  ];
}

function linear(name: string, input: number, output: number): NamedShape[] {
  return [
    [`${name}.weight`, [output, input]],
    [`${name}.bias`, [output]],
  ];
}

function depthwise(name: string, width: number): NamedShape[] {
  return [
    [`${name}.weight`, [width, 1, 3, 3]],
    [`${name}.bias`, [width]],
  ];
}

function misfits(name: string, tensor: StoredTensor, shape: Shape): string[] {
  if (!elementTraits(tensor.dtype).toFloat32)
    return [`${quote(tensor.name)} holds ${tensor.dtype}, needed: floating point`];
  if (tensor.shape.length === shape.length && shape.every((size, axis) => size === tensor.shape[axis])) return [];
  // The original code stretches a positional embedding of another length, which changes every vector in silence.
  const remark = name === "lang_encoder.positional_embedding" ? " (it is not stretched to another context length)" : "";
  return [`${quote(tensor.name)} has the shape [${tensor.shape}], needed: [${shape}]${remark}`];
}

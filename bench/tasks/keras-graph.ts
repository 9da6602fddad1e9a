import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { OnnxGraph, type Value } from "../../src/convert/onnx-graph.ts";

/** A model as TensorFlow.js stores Keras layers: `model.json` and the shards of its weights. */
interface LayersModel {
  readonly modelTopology: { readonly model_config: { readonly config: { readonly layers: readonly Layer[] } } };
  readonly weightsManifest: readonly {
    readonly paths: readonly string[];
    readonly weights: readonly { readonly name: string; readonly shape: readonly number[]; readonly dtype: string }[];
  }[];
}

interface Layer {
  readonly name: string;
  readonly class_name: string;
  readonly config: {
    readonly kernel_size?: readonly number[];
    readonly strides?: readonly number[];
    readonly pool_size?: readonly number[];
    /** "valid", "same", or for ZeroPadding2D [[top, bottom], [left, right]]. */
    readonly padding?: string | readonly (readonly number[])[];
    readonly activation?: string;
    readonly epsilon?: number;
  };
  readonly inbound_nodes: readonly (readonly (readonly [name: string, ...rest: unknown[]])[])[];
}

/** @property values float32, row-major */
interface Weight {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

type Weights = ReadonlyMap<string, Weight>;
type Convert = (graph: OnnxGraph, inputs: readonly Value[], layer: Layer, weights: Weights) => Value;

/** Feature maps are [batch, channels, height, width]: ONNX's order, where Keras has the channels last. */
const LAYERS: Readonly<Record<string, Convert>> = {
  Activation: (graph, [x], { name, config }) => {
    if (config.activation !== "relu") throw new Error(`${name}: the activation ${config.activation} is not converted`);
    return graph.node("Relu", [x]);
  },
  Add: (graph, inputs) => inputs.reduce((a, b) => graph.node("Add", [a, b])),
  BatchNormalization: (graph, [x], { name, config }, weights) => {
    const parts = ["gamma", "beta", "moving_mean", "moving_variance"];
    const values = parts.map((part) => initializer(graph, `${name}/${part}`, weightOf(weights, `${name}/${part}`)));
    return graph.node("BatchNormalization", [x, ...values], { epsilon: config.epsilon ?? 1e-3 });
  },
  Conv2D: (graph, [x], { name, config }, weights) => {
    const kernel = initializer(graph, `${name}/kernel`, outputsFirst(weightOf(weights, `${name}/kernel`)));
    const bias = initializer(graph, `${name}/bias`, weightOf(weights, `${name}/bias`));
    const [height = 1, width = 1] = config.kernel_size ?? [];
    const [strideY = 1, strideX = 1] = config.strides ?? [];
    const isSame = config.padding === "same";
    if (isSame && (strideY > 1 || strideX > 1))
      throw new Error(`${name}: a strided "same" convolution is not converted`);
    const [y, z] = isSame ? [(height - 1) / 2, (width - 1) / 2] : [0, 0];
    return graph.node("Conv", [x, kernel, bias], { strides: [strideY, strideX], pads: [y, z, y, z] });
  },
  GlobalAveragePooling2D: (graph, [x]) =>
    graph.node("ReduceMean", [x, graph.constant("int64", [2], [2, 3])], { keepdims: 0 }),
  MaxPooling2D: (graph, [x], { config }) =>
    graph.node("MaxPool", [x], { kernel_shape: config.pool_size ?? [2, 2], strides: config.strides ?? [2, 2] }),
  ZeroPadding2D: (graph, [x], { config }) => {
    const [[top, bottom], [left, right]] = config.padding as readonly (readonly number[])[];
    return graph.node("Pad", [x, graph.constant("int64", [8], [0, 0, top, left, 0, 0, bottom, right])]);
  },
};

export interface Backbone {
  readonly graph: OnnxGraph;
  /** Length of the pooled vectors. */
  readonly dimensions: number;
}

/** Builds the graph of a Keras convolutional network up to its pooled features: pixels → [batch, dimensions]. */
export async function convertBackbone(folder: string): Promise<Backbone> {
  const model = JSON.parse(await readFile(join(folder, "model.json"), "utf8")) as LayersModel;
  const weights = await readWeights(folder, model);
  const graph = new OnnxGraph();
  const values = new Map<string, Value>();
  let dimensions = 0;
  for (const layer of model.modelTopology.model_config.config.layers) {
    const { name, class_name: kind } = layer;
    if (kind === "InputLayer") {
      values.set(name, graph.input("pixels", "float32", ["batch", 3, "height", "width"]));
      continue;
    }
    const inputs = (layer.inbound_nodes[0] ?? []).map(([input]) => outputOf(values, input));
    const convert = LAYERS[kind];
    if (!convert) throw new Error(`${name}: layers of kind ${kind} are not converted`);
    const value = convert(graph, inputs, layer, weights);
    if (kind === "Conv2D") dimensions = Math.max(dimensions, weightOf(weights, `${name}/bias`).shape[0]);
    if (kind === "GlobalAveragePooling2D") {
      graph.output("pooled", value, "float32", ["batch", dimensions]);
      return { graph, dimensions };
    }
    values.set(name, value);
  }
  throw new Error(`${folder} has no global pooling: its features have no end`);
}

function initializer(graph: OnnxGraph, name: string, { shape, values }: Weight): Value {
  const load = async () => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return graph.external({ name, type: "float32", dims: shape, load });
}

/** [height, width, inputs, outputs] → [outputs, inputs, height, width] */
function outputsFirst({ shape: [height, width, inputs, outputs], values }: Weight): Weight {
  const turned = new Float32Array(values.length);
  let from = 0;
  for (let place = 0; place < height * width; place++) {
    for (let input = 0; input < inputs; input++) {
      for (let output = 0; output < outputs; output++) {
        turned[(output * inputs + input) * height * width + place] = values[from++];
      }
    }
  }
  return { shape: [outputs, inputs, height, width], values: turned };
}

/** The shards are one stream, cut anywhere. */
async function readWeights(folder: string, { weightsManifest }: LayersModel): Promise<Weights> {
  const weights = new Map<string, Weight>();
  for (const { paths, weights: stored } of weightsManifest) {
    const bytes = Buffer.concat(await Promise.all(paths.map((path) => readFile(join(folder, path)))));
    let position = 0;
    for (const { name, shape, dtype } of stored) {
      if (dtype !== "float32") throw new Error(`${name} holds ${dtype}, needed: float32`);
      const length = shape.reduce((product, size) => product * size, 1);
      const end = position + length * Float32Array.BYTES_PER_ELEMENT;
      if (end > bytes.length) throw new Error(`${folder}: the weights end before ${name}`);
      weights.set(name, { shape, values: new Float32Array(new Uint8Array(bytes.subarray(position, end)).buffer) });
      position = end;
    }
  }
  return weights;
}

function weightOf(weights: Weights, name: string): Weight {
  const weight = weights.get(name);
  if (!weight) throw new Error(`the weights have no ${name}`);
  return weight;
}

function outputOf(values: ReadonlyMap<string, Value>, name: string): Value {
  const value = values.get(name);
  if (value === undefined) throw new Error(`the layer ${name} comes after one that reads it`);
  return value;
}

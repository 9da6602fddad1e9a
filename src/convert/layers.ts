import type { Precision } from "../models/bundle.ts";
import { type ElementType, type ExternalTensor, MICROSOFT, type OnnxGraph, type Value } from "./onnx-graph.ts";
import { quantizeColumns } from "./quantize.ts";

/** Reads one tensor of a checkpoint as float32, row-major. */
type ReadWeight = (name: string) => Promise<Float32Array>;

/** What every layer needs: the graph it writes to, the weights it reads, the rung of the precision ladder. */
export interface Network {
  readonly graph: OnnxGraph;
  readonly readWeight: ReadWeight;
  readonly precision: Precision;
}

/** A float32 weight under its checkpoint name; `change` rewrites its values on the way to the bundle. */
export function weight(
  { graph, readWeight }: Network,
  name: string,
  dims: readonly number[],
  change: (values: Float32Array) => Float32Array = (values) => values,
): Value {
  return graph.external({ name, type: "float32", dims, load: async () => bytesOf(change(await readWeight(name))) });
}

export function layerNorm(network: Network, x: Value, name: string, width: number, epsilon: number): Value {
  const scale = weight(network, `${name}.weight`, [width]);
  const bias = weight(network, `${name}.bias`, [width]);
  return network.graph.node("LayerNormalization", [x, scale, bias], { epsilon });
}

/** The names and sizes of a linear layer whose weight is stored [out, in], as torch does. */
export interface LinearNames {
  readonly weight: string;
  readonly bias: string;
  readonly inputs: number;
  readonly outputs: number;
}

/** rows [n, inputs] → [n, outputs], x·Wᵀ + b */
export function linear(
  network: Network,
  rows: Value,
  { weight: name, bias: biasName, inputs, outputs }: LinearNames,
): Value {
  const { graph } = network;
  const bias = weight(network, biasName, [outputs]);
  if (network.precision === "fp32") {
    return graph.node("Gemm", [rows, weight(network, name, [outputs, inputs]), bias], { transB: 1 });
  }
  const quantized = async () => quantizeColumns(await network.readWeight(name), inputs, outputs);
  const external = (suffix: string, type: ElementType, dims: readonly number[], load: ExternalTensor["load"]) =>
    graph.external({ name: `${name}.${suffix}`, type, dims, load });
  const values = external("int8", "int8", [inputs, outputs], async () => bytesOf((await quantized()).values));
  const scales = external("scale", "float32", [outputs], async () => bytesOf((await quantized()).scales));
  return graph.node("DynamicQuantizeMatMul", [rows, values, scales, "", bias], {}, MICROSOFT);
}

/** The names of a layer that torch calls `nn.Linear`. */
export function linearNames(name: string, inputs: number, outputs: number): LinearNames {
  return { weight: `${name}.weight`, bias: `${name}.bias`, inputs, outputs };
}

/** rows [n, width] → unit vectors [n, projection]: x·W, then divided by the 2-norm, without epsilon. */
export function project(network: Network, rows: Value, name: string, width: number, projection: number): Value {
  const { graph } = network;
  const projected = graph.node("MatMul", [rows, weight(network, name, [width, projection])]);
  const norm = graph.node("ReduceL2", [projected, graph.constant("int64", [1], [1])], { keepdims: 1 });
  return graph.node("Div", [projected, norm]);
}

/**
 * Computes with one item of zeros behind the batch, x [batch, …] → layer(x) [batch, …]: the runtime sums the means and
 * products of a single item in another order than those of several, and a vector shall have the same bits alone and in a batch.
 */
export function neverAlone({ graph }: Network, x: Value, rank: number, layer: (x: Value) => Value): Value {
  const int64 = (...values: number[]) => graph.constant("int64", [values.length], values);
  const pads = Array.from({ length: 2 * rank }, (_, i) => (i === rank ? 1 : 0)); // one behind the first axis
  const several = graph.node("Pad", [x, int64(...pads)]);
  return graph.node("Slice", [layer(several), int64(0), int64(-1), int64(0)]);
}

/** A view of the same elements; at most one -1 stands for what is left. */
export function reshape({ graph }: Network, x: Value, dims: readonly number[]): Value {
  return graph.node("Reshape", [x, graph.constant("int64", [dims.length], dims)]);
}

function bytesOf(array: Float32Array | Int8Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

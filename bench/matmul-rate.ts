import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { linear, type Network } from "../src/convert/layers.ts";
import { OnnxGraph, type Value } from "../src/convert/onnx-graph.ts";
import { writeOnnx } from "../src/convert/write-onnx.ts";
import type { Precision } from "../src/models/bundle.ts";
import type { Case } from "./rounds.ts";

/** Big enough that nothing but the product counts, small enough for a third of a second. */
const SIDE = 2048;
/** One after the other, so that handing the rows in and the result out weighs little. */
const LAYERS = 4;

/**
 * Square products in the operator that the rung's linear layers use, through the same runtime: what this machine can do.
 * A unit is one multiply-accumulate.
 */
export async function matmulCase(precision: Precision, threads: number, folder: string): Promise<Case> {
  const session = await InferenceSession.create(await writeProducts(precision, join(folder, `matmul-${precision}`)), {
    intraOpNumThreads: threads,
    graphOptimizationLevel: "all",
  });
  const rows = new Tensor("float32", noise(SIDE * SIDE), [SIDE, SIDE]);
  return {
    units: LAYERS * SIDE ** 3,
    run: async () => {
      await session.run({ rows });
    },
  };
}

/** @returns the path of the graph */
async function writeProducts(precision: Precision, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const graph = new OnnxGraph();
  const scale = Math.sqrt(3 / SIDE); // keeps the size of the values from layer to layer
  const readWeight = async (name: string) =>
    name === "bias" ? new Float32Array(SIDE) : noise(SIDE * SIDE).map((value) => value * scale);
  const network: Network = { graph, readWeight, precision };
  let rows: Value = graph.input("rows", "float32", [SIDE, SIDE]);
  for (let i = 0; i < LAYERS; i++) {
    rows = linear(network, rows, { weight: "weight", bias: "bias", inputs: SIDE, outputs: SIDE });
  }
  graph.output("mean", graph.node("ReduceMean", [rows], { keepdims: 0 }), "float32", []);
  await writeOnnx(graph, folder, "products");
  return join(folder, "products.onnx");
}

/** Uniform from -1 to 1, the same on every run. */
function noise(length: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(length);
  for (let i = 0, state = 1; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    values[i] = state / 2 ** 31;
  }
  return values;
}

import { erf } from "../error-function.ts";
import { type Matrix, transpose } from "../matrix.ts";
import { combinations, innerProducts } from "../products.ts";

/** Numbers that training changes, with the derivative of the loss by each. */
export interface Parameter {
  readonly values: Float32Array;
  readonly gradient: Float32Array;
}

/** A step of a network. It keeps what its last `forward` saw, until `backward` asks for it. */
export interface Layer {
  readonly parameters: readonly Parameter[];
  /** [rows, inputs] → [rows, outputs] */
  forward(input: Matrix): Matrix;
  /** Writes the gradients of its parameters. @param slopes of the loss by each output @returns of the loss by each input */
  backward(slopes: Matrix): Matrix;
}

function parameter(values: Float32Array): Parameter {
  return { values, gradient: new Float32Array(values.length) };
}

/** input · weightᵀ + bias. @param weight [outputs, inputs] */
export function dense(weight: Matrix, bias: Float32Array, { isFirst = false } = {}): Layer {
  const [weights, offsets] = [parameter(weight.values), parameter(bias)];
  let seen: Matrix;
  return {
    parameters: [weights, offsets],
    forward(input) {
      seen = input;
      const output = innerProducts(input, weight);
      for (let i = 0; i < output.values.length; i++) output.values[i] += bias[i % bias.length];
      return output;
    },
    backward(slopes) {
      weights.gradient.set(combinations(transpose(slopes), seen).values);
      offsets.gradient.fill(0);
      for (let i = 0; i < slopes.values.length; i++) offsets.gradient[i % bias.length] += slopes.values[i];
      return isFirst ? slopes : combinations(slopes, weight); // nobody asks before the first layer
    },
  };
}

/** x · Φ(x) with the exact distribution function of the normal distribution. */
export function gelu(): Layer {
  let seen: Matrix;
  const distribution = (x: number) => (1 + erf(x / Math.SQRT2)) / 2;
  return {
    parameters: [],
    forward(input) {
      seen = input;
      return { ...input, values: input.values.map((x) => x * distribution(x)) };
    },
    backward(slopes) {
      const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
      const values = seen.values.map((x, i) => slopes.values[i] * (distribution(x) + x * density(x)));
      return { ...slopes, values };
    },
  };
}

/** max(0, x) */
export function relu(): Layer {
  let seen: Matrix;
  return {
    parameters: [],
    forward(input) {
      seen = input;
      return { ...input, values: input.values.map((x) => Math.max(0, x)) };
    },
    backward: (slopes) => ({ ...slopes, values: slopes.values.map((slope, i) => (seen.values[i] > 0 ? slope : 0)) }),
  };
}

const EPSILON = 1e-5;

/** Each row to mean 0 and variance 1, then times scale plus shift. @param scale [columns] @param shift [columns] */
export function layerNorm(scale: Float32Array, shift: Float32Array): Layer {
  const [scales, shifts] = [parameter(scale), parameter(shift)];
  const columns = scale.length;
  let normal: Float32Array; // [rows, columns], before scale and shift
  let deviations: Float64Array; // [rows]
  return {
    parameters: [scales, shifts],
    forward(input) {
      normal = new Float32Array(input.values.length);
      deviations = new Float64Array(input.rows);
      const values = new Float32Array(input.values.length);
      for (let row = 0; row < input.rows; row++) {
        const own = input.values.subarray(row * columns, (row + 1) * columns);
        const mean = meanOf(own);
        deviations[row] = Math.sqrt(own.reduce((sum, x) => sum + (x - mean) ** 2, 0) / columns + EPSILON);
        for (let k = 0; k < columns; k++) {
          const at = row * columns + k;
          normal[at] = (own[k] - mean) / deviations[row];
          values[at] = normal[at] * scale[k] + shift[k];
        }
      }
      return { ...input, values };
    },
    backward(slopes) {
      scales.gradient.fill(0);
      shifts.gradient.fill(0);
      const values = new Float32Array(slopes.values.length);
      const scaled = new Float64Array(columns);
      for (let row = 0; row < slopes.rows; row++) {
        const from = row * columns;
        let [mean, along] = [0, 0]; // of the slopes, and of their part along the row itself
        for (let k = 0; k < columns; k++) {
          const slope = slopes.values[from + k];
          scales.gradient[k] += slope * normal[from + k];
          shifts.gradient[k] += slope;
          scaled[k] = slope * scale[k];
          mean += scaled[k] / columns;
          along += (scaled[k] * normal[from + k]) / columns;
        }
        for (let k = 0; k < columns; k++) {
          values[from + k] = (scaled[k] - mean - normal[from + k] * along) / deviations[row];
        }
      }
      return { ...slopes, values };
    },
  };
}

function meanOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** All layers one after the other. */
export function forwardThrough(layers: readonly Layer[], input: Matrix): Matrix {
  return layers.reduce((values, layer) => layer.forward(values), input);
}

/** From the last layer back to the first. @param slopes of the loss by each output of the last */
export function backwardThrough(layers: readonly Layer[], slopes: Matrix): void {
  layers.reduceRight((values, layer) => layer.backward(values), slopes);
}

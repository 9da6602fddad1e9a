import { type Matrix, takeRows, transpose } from "../matrix.ts";
import { combinations, innerProducts } from "../products.ts";
import { minimise } from "./minimise.ts";
import { ridgeSolver } from "./ridge-solver.ts";

/** Logits are features · weightsᵀ + bias. @property weights [classes, features] @property bias [classes] */
export interface LinearModel {
  readonly weights: Matrix;
  readonly bias: Float32Array;
}

/**
 * The loss of one row, convex in its logits.
 * @param logits [classes] @param slopes [classes], gets the derivative of the loss by each logit
 */
export type RowLoss = (logits: Float32Array, label: number, slopes: Float32Array) => number;

export interface LinearFitOptions {
  readonly classes: number;
  readonly loss: RowLoss;
  /** About the second derivative of the loss by a logit where all weights are 0. */
  readonly curvature: number;
  /** The penalty is l2 / 2 · |weights|², beside the mean loss of a row. */
  readonly l2: number;
  /** Whether it covers the bias. */
  readonly penalisesBias: boolean;
  /** [rows], what each counts; only their proportions matter. Default: all alike. */
  readonly rowWeights?: ArrayLike<number> | undefined;
  /** Where the search begins, for example the result of a larger penalty. */
  readonly start?: LinearModel | undefined;
  /** The largest part of the gradient of the mean loss at which the search ends. Default: 1e-4, far below what changes a guess. */
  readonly tolerance?: number | undefined;
}

const TOLERANCE = 1e-4;
const MAX_ITERATIONS = 200;

/**
 * The weights with the least mean loss plus penalty, over the whole batch, by L-BFGS.
 * @param features [rows, features] @param labels [rows], class numbers
 */
export function fitLinearModel(features: Matrix, labels: ArrayLike<number>, options: LinearFitOptions): LinearModel {
  const { classes, loss: lossOf, l2, penalisesBias, rowWeights, start, tolerance = TOLERANCE } = options;
  const { rows, columns } = features;
  const shares = Float64Array.from({ length: rows }, (_, row) => rowWeights?.[row] ?? 1);
  const total = shares.reduce((a, b) => a + b, 0);
  const size = classes * columns; // the point is the weights, then the bias
  const penalised = penalisesBias ? size + classes : size;
  const initial = new Float64Array(size + classes);
  if (start) {
    initial.set(start.weights.values);
    initial.set(start.bias, size);
  }
  const slopes = { rows, columns: classes, values: new Float32Array(rows * classes) };
  const found = minimise(
    (point, gradient) => {
      const { values: logits } = predictLogits(unpack(point, classes, columns), features);
      gradient.fill(0, size);
      let loss = 0;
      for (let row = 0; row < rows; row++) {
        const [from, to] = [row * classes, (row + 1) * classes];
        const own = slopes.values.subarray(from, to);
        const share = shares[row] / total;
        loss += share * lossOf(logits.subarray(from, to), labels[row], own);
        for (let name = 0; name < classes; name++) gradient[size + name] += own[name] *= share;
      }
      gradient.set(combinations(transpose(slopes), features).values);
      for (let i = 0; i < penalised; i++) {
        loss += (l2 / 2) * point[i] ** 2;
        gradient[i] += l2 * point[i];
      }
      return loss;
    },
    initial,
    { maxIterations: MAX_ITERATIONS, tolerance, precondition: newtonStep(features, options) },
  );
  return unpack(found, classes, columns);
}

/** @returns [rows, classes] */
export function predictLogits({ weights, bias }: LinearModel, features: Matrix): Matrix {
  const logits = innerProducts(features, weights);
  for (let i = 0; i < logits.values.length; i++) logits.values[i] += bias[i % bias.length];
  return logits;
}

function unpack(point: Float64Array, classes: number, columns: number): LinearModel {
  const size = classes * columns;
  const values = Float32Array.from(point.subarray(0, size));
  return { weights: { rows: classes, columns, values }, bias: Float32Array.from(point.subarray(size)) };
}

/** Rows that the curvature is estimated from: enough for a direction, and a fraction of the whole work. */
const CURVATURE_ROWS = 2_048;

/**
 * Solves with about the Hessian where all weights are 0, for each class curvature · (mean of x xᵀ) + l2. Features of embeddings
 * are far from independent; in this measure they are nearly so, and the search takes a tenth of the iterations.
 */
function newtonStep(features: Matrix, { classes, curvature, l2 }: LinearFitOptions) {
  const { rows, columns } = features;
  const step = Math.max(1, rows / CURVATURE_ROWS);
  const some = takeRows(
    features,
    Array.from({ length: Math.floor(rows / step) }, (_, i) => Math.floor(i * step)),
  );
  const solve = ridgeSolver(some, curvature / some.rows, l2);
  return (vector: Float64Array): Float64Array => {
    const right = { rows: classes, columns, values: Float32Array.from(vector.subarray(0, classes * columns)) };
    const solved = vector.map((part) => part / curvature); // what is left so is the bias
    solved.set(solve(right).values);
    return solved;
  };
}

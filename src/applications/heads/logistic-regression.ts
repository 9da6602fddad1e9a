import { innerProducts, innerProductsOfRow, type Matrix } from "../matrix.ts";
import { minimise } from "./minimise.ts";

/** Logits are features · weightsᵀ + bias. @property weights [classes, features] @property bias [classes] */
export interface LogisticRegression {
  readonly weights: Matrix;
  readonly bias: Float32Array;
}

export interface FitOptions {
  readonly classes: number;
  /** The penalty is l2 / 2 · |weights|², beside the mean loss of a row; the bias is free. */
  readonly l2: number;
  /** [rows], what each counts; only their proportions matter. Default: all alike. */
  readonly rowWeights?: ArrayLike<number>;
  /** Where the search begins, for example the result of a larger penalty. */
  readonly start?: LogisticRegression | undefined;
}

/** Of the gradient of a mean loss: far below what changes a guess. */
const TOLERANCE = 1e-4;
const MAX_ITERATIONS = 200;

/**
 * Multinomial logistic regression: the least mean cross-entropy plus penalty, over the whole batch.
 * @param features [rows, features] @param labels [rows], class numbers
 */
export function fitLogisticRegression(
  features: Matrix,
  labels: ArrayLike<number>,
  { classes, l2, rowWeights, start }: FitOptions,
): LogisticRegression {
  const { rows, columns } = features;
  const shares = Float64Array.from({ length: rows }, (_, row) => rowWeights?.[row] ?? 1);
  const total = shares.reduce((a, b) => a + b, 0);
  const size = classes * columns; // the point is the weights, then the bias
  const initial = new Float64Array(size + classes);
  if (start) {
    initial.set(start.weights.values);
    initial.set(start.bias, size);
  }
  const logits = new Float32Array(classes);
  const residuals = new Float64Array(rows * classes);
  const found = minimise(
    (point, gradient) => {
      const { weights, bias } = unpack(point, classes, columns);
      gradient.fill(0);
      let loss = 0;
      for (let row = 0; row < rows; row++) {
        innerProductsOfRow(features, row, weights, logits);
        const own = residuals.subarray(row * classes, (row + 1) * classes);
        const share = shares[row] / total;
        loss += share * crossEntropy(logits, bias, labels[row], own);
        for (let name = 0; name < classes; name++) {
          own[name] *= share;
          gradient[size + name] += own[name];
        }
      }
      addProduct(gradient, residuals, features);
      for (let i = 0; i < size; i++) {
        loss += (l2 / 2) * point[i] ** 2;
        gradient[i] += l2 * point[i];
      }
      return loss;
    },
    initial,
    { maxIterations: MAX_ITERATIONS, tolerance: TOLERANCE },
  );
  return unpack(found, classes, columns);
}

/** @returns [rows, classes] */
export function predictLogits({ weights, bias }: LogisticRegression, features: Matrix): Matrix {
  const logits = innerProducts(features, weights);
  for (let i = 0; i < logits.values.length; i++) logits.values[i] += bias[i % bias.length];
  return logits;
}

function unpack(point: Float64Array, classes: number, columns: number): LogisticRegression {
  const size = classes * columns;
  const values = Float32Array.from(point.subarray(0, size));
  return { weights: { rows: classes, columns, values }, bias: Float32Array.from(point.subarray(size)) };
}

/** Of one row; writes the derivative by each logit, softmax - truth, into `residuals`. */
function crossEntropy(logits: Float32Array, bias: Float32Array, label: number, residuals: Float64Array): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let name = 0; name < logits.length; name++) {
    residuals[name] = logits[name] + bias[name];
    largest = Math.max(largest, residuals[name]);
  }
  const own = residuals[label] - largest;
  let sum = 0;
  for (let name = 0; name < residuals.length; name++) sum += residuals[name] = Math.exp(residuals[name] - largest);
  for (let name = 0; name < residuals.length; name++) residuals[name] /= sum;
  residuals[label] -= 1;
  return Math.log(sum) - own;
}

/** gradient [classes, features] += residualsᵀ · features, four rows at a time, so that each sum is touched once for four. */
function addProduct(gradient: Float64Array, residuals: Float64Array, { rows, columns, values }: Matrix): void {
  const classes = residuals.length / rows;
  let row = 0;
  for (; row + 4 <= rows; row += 4) {
    const [x0, x1, x2, x3] = [row * columns, (row + 1) * columns, (row + 2) * columns, (row + 3) * columns];
    for (let name = 0; name < classes; name++) {
      const at = row * classes + name;
      const [r0, r1, r2, r3] = [
        residuals[at],
        residuals[at + classes],
        residuals[at + 2 * classes],
        residuals[at + 3 * classes],
      ];
      const to = name * columns;
      for (let k = 0; k < columns; k++) {
        gradient[to + k] += r0 * values[x0 + k] + r1 * values[x1 + k] + r2 * values[x2 + k] + r3 * values[x3 + k];
      }
    }
  }
  for (; row < rows; row++) {
    for (let name = 0; name < classes; name++) {
      const residual = residuals[row * classes + name];
      for (let k = 0; k < columns; k++) gradient[name * columns + k] += residual * values[row * columns + k];
    }
  }
}

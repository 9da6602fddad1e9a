/** Rows of equal length, one behind the other. @property values [rows, columns] */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

export function takeRows({ columns, values }: Matrix, rows: ArrayLike<number>): Matrix {
  const taken = new Float32Array(rows.length * columns);
  for (let i = 0; i < rows.length; i++) {
    taken.set(values.subarray(rows[i] * columns, (rows[i] + 1) * columns), i * columns);
  }
  return { rows: rows.length, columns, values: taken };
}

/** The vectors as rows. @param columns their length, for a list without any */
export function stack(vectors: readonly Float32Array[], columns = vectors[0]?.length ?? 0): Matrix {
  const values = new Float32Array(vectors.length * columns);
  for (const [i, vector] of vectors.entries()) values.set(vector, i * columns);
  return { rows: vectors.length, columns, values };
}

/** Columns become rows: [m, n] → [n, m]. */
export function transpose({ rows, columns, values }: Matrix): Matrix {
  const turned = new Float32Array(values.length);
  // In strips of rows, so that what is written lies close together.
  for (let top = 0; top < rows; top += TRANSPOSED_ROWS) {
    const bottom = Math.min(rows, top + TRANSPOSED_ROWS);
    for (let j = 0; j < columns; j++) {
      for (let i = top; i < bottom; i++) turned[j * rows + i] = values[i * columns + j];
    }
  }
  return { rows: columns, columns: rows, values: turned };
}

/** Two lines of the processor's cache. */
const TRANSPOSED_ROWS = 32;

/** Each row brought to length 1; rows of zeros stay so. */
export function unitRows({ rows, columns, values }: Matrix): Matrix {
  const scaled = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    let squares = 0;
    for (let k = row * columns; k < (row + 1) * columns; k++) squares += values[k] ** 2;
    const factor = 1 / (Math.sqrt(squares) || 1);
    for (let k = row * columns; k < (row + 1) * columns; k++) scaled[k] = values[k] * factor;
  }
  return { rows, columns, values: scaled };
}

/** The column of the largest value of each row; the first of equals. */
export function argmaxRows({ rows, columns, values }: Matrix): Int32Array {
  const best = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 1; j < columns; j++) {
      if (values[i * columns + j] > values[i * columns + best[i]]) best[i] = j;
    }
  }
  return best;
}

/** The softmax of each row times `scale`. */
export function softmaxRows({ rows, columns, values }: Matrix, scale = 1): Matrix {
  const shares = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) {
    const row = values.subarray(i * columns, (i + 1) * columns);
    const largest = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    let sum = 0;
    for (let j = 0; j < columns; j++) sum += shares[i * columns + j] = Math.exp(scale * (row[j] - largest));
    for (let j = 0; j < columns; j++) shares[i * columns + j] /= sum;
  }
  return { rows, columns, values: shares };
}

/** 1 / (1 + exp(-x)) of each value: the probability of what has these log odds. */
export function sigmoidRows(logOdds: Matrix): Matrix {
  return { ...logOdds, values: logOdds.values.map((value) => 1 / (1 + Math.exp(-value))) };
}

/**
 * log(p / (1 - p)) of the softmax p of each row times `scale`: orders rows as p does, but is not rounded to 1 where p is.
 */
export function logOddsRows({ rows, columns, values }: Matrix, scale = 1): Matrix {
  const logOdds = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) {
    const row = values.subarray(i * columns, (i + 1) * columns);
    for (let j = 0; j < columns; j++) {
      let largest = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < columns; k++) if (k !== j) largest = Math.max(largest, row[k]);
      let sum = 0;
      for (let k = 0; k < columns; k++) if (k !== j) sum += Math.exp(scale * (row[k] - largest));
      logOdds[i * columns + j] = scale * (row[j] - largest) - Math.log(sum);
    }
  }
  return { rows, columns, values: logOdds };
}

/** The inner loops of matrix products in WebAssembly, four numbers at a time. */
import {
  type AssembledMemory,
  add,
  advance,
  assemble,
  type Code,
  constant,
  doWhile,
  get,
  isLess,
  set,
  simd,
} from "../assembly.ts";

/** Rows are padded with zeros to a multiple of so many floats. */
export const COLUMNS_AT_ONCE = 8;

/** All arguments are byte addresses, distances in bytes, or counts. */
export interface ProductKernel {
  /**
   * Two rows of a with each four rows of b: eight inner products a time, [2, 4], one block behind the other.
   * @param bytes of a row, in whole steps of `COLUMNS_AT_ONCE` floats
   */
  readonly innerSums: (
    a: number,
    aStep: number,
    b: number,
    bStep: number,
    bytes: number,
    out: number,
    fours: number,
  ) => void;
  /**
   * Adds to four rows of `out` the rows of x, each times a number of the four rows of s.
   * @param sBytes of a row of s @param bytes of a row of x and out, in whole steps of `COLUMNS_AT_ONCE` floats
   */
  readonly addCombinations: (
    s: number,
    sStep: number,
    sBytes: number,
    x: number,
    xStep: number,
    out: number,
    outStep: number,
    bytes: number,
  ) => void;
  readonly memory: AssembledMemory;
}

/** Assembles the kernel with a memory of its own; undefined where the machine has no SIMD. */
export function createProductKernel(): ProductKernel | undefined {
  return assemble([
    { name: "innerSums", parameters: 7, integers: 7, vectors: 11, body: innerSums() },
    { name: "addCombinations", parameters: 8, integers: 6, vectors: 11, body: addCombinations() },
  ]);
}

/** Bytes of a vector, and of two: what a step of an inner loop takes of a row. */
const [VECTOR, STEP] = [16, 4 * COLUMNS_AT_ONCE];

const loadVector = (address: Code, offset = 0): Code => [...address, ...simd(0x00, 2, offset)];
const loadSplat = (address: Code): Code => [...address, ...simd(0x09, 2, 0)];
const storeVector = (address: Code, offset: number, value: Code): Code => [
  ...address,
  ...value,
  ...simd(0x0b, 2, offset),
];
const zeros: Code = simd(0x0c, ...Array<number>(16).fill(0));
const addProduct = (sum: number, a: Code, b: Code): Code =>
  set(sum, [...get(sum), ...a, ...b, ...simd(0xe6), ...simd(0xe4)]);
const lane = (vector: Code, index: number): Code => [...vector, ...simd(0x1f, index)];
const addFloats = (a: Code, b: Code): Code => [...a, ...b, 0x92];
const storeFloat = (address: Code, offset: number, value: Code): Code => [...address, ...value, 0x38, 2, offset];

function innerSums(): Code {
  const [A, A_STEP, B, B_STEP, BYTES, OUT, FOURS] = [0, 1, 2, 3, 4, 5, 6];
  const [END, ROW_A, ROWS_B] = [7, [8, 9], [10, 11, 12, 13]];
  const [SUMS, U, V, Y] = [[14, 15, 16, 17, 18, 19, 20, 21], 22, 23, 24];
  const total = (sum: Code): Code =>
    addFloats(addFloats(lane(sum, 0), lane(sum, 1)), addFloats(lane(sum, 2), lane(sum, 3)));
  return doWhile(
    [
      ...SUMS.map((sum) => set(sum, zeros)),
      set(ROW_A[0], get(A)),
      set(ROW_A[1], add(get(A), get(A_STEP))),
      ...ROWS_B.map((row, i) => set(row, i === 0 ? get(B) : add(get(ROWS_B[i - 1]), get(B_STEP)))),
      set(END, add(get(A), get(BYTES))),
      doWhile(
        [
          ...[0, VECTOR].flatMap((offset) => [
            set(U, loadVector(get(ROW_A[0]), offset)),
            set(V, loadVector(get(ROW_A[1]), offset)),
            ...ROWS_B.flatMap((row, i) => [
              set(Y, loadVector(get(row), offset)),
              addProduct(SUMS[i], get(U), get(Y)),
              addProduct(SUMS[4 + i], get(V), get(Y)),
            ]),
          ]),
          ...[...ROW_A, ...ROWS_B].map((row) => advance(row, constant(STEP))),
        ],
        isLess(get(ROW_A[0]), get(END)),
      ),
      ...SUMS.map((sum, i) => storeFloat(get(OUT), 4 * i, total(get(sum)))),
      set(B, add(get(ROWS_B[3]), add(get(B_STEP), [...constant(0), ...get(BYTES), 0x6b]))), // the row after the last one
      advance(OUT, constant(4 * SUMS.length)),
      advance(FOURS, constant(-1)),
    ],
    get(FOURS),
  );
}

function addCombinations(): Code {
  const [S, S_STEP, S_BYTES, X, X_STEP, OUT, OUT_STEP, BYTES] = [0, 1, 2, 3, 4, 5, 6, 7];
  const [ROWS_S, END, ROW_X] = [[8, 9, 10, 11], 12, 13];
  const [SUMS, Y, Z, FACTOR] = [[14, 15, 16, 17, 18, 19, 20, 21], 22, 23, 24];
  const ROWS_OUT = [get(OUT), add(get(OUT), get(OUT_STEP))];
  ROWS_OUT.push(add(ROWS_OUT[1], get(OUT_STEP)));
  ROWS_OUT.push(add(ROWS_OUT[2], get(OUT_STEP)));
  return doWhile(
    [
      ...ROWS_OUT.flatMap((row, i) => [
        set(SUMS[2 * i], loadVector(row)),
        set(SUMS[2 * i + 1], loadVector(row, VECTOR)),
      ]),
      ...ROWS_S.map((row, i) => set(row, i === 0 ? get(S) : add(get(ROWS_S[i - 1]), get(S_STEP)))),
      set(END, add(get(S), get(S_BYTES))),
      set(ROW_X, get(X)),
      doWhile(
        [
          set(Y, loadVector(get(ROW_X))),
          set(Z, loadVector(get(ROW_X), VECTOR)),
          ...ROWS_S.flatMap((row, i) => [
            set(FACTOR, loadSplat(get(row))),
            addProduct(SUMS[2 * i], get(FACTOR), get(Y)),
            addProduct(SUMS[2 * i + 1], get(FACTOR), get(Z)),
            advance(row, constant(4)),
          ]),
          advance(ROW_X, get(X_STEP)),
        ],
        isLess(get(ROWS_S[0]), get(END)),
      ),
      ...ROWS_OUT.flatMap((row, i) => [
        storeVector(row, 0, get(SUMS[2 * i])),
        storeVector(row, VECTOR, get(SUMS[2 * i + 1])),
      ]),
      advance(OUT, constant(STEP)),
      advance(X, constant(STEP)),
      advance(BYTES, constant(-STEP)),
    ],
    get(BYTES),
  );
}

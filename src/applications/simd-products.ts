import type { Matrix } from "./matrix.ts";
import { COLUMNS_AT_ONCE, createProductKernel, type ProductKernel } from "./product-kernel.ts";
import type { Products } from "./products.ts";

const PAGE_BYTES = 2 ** 16;
/** Rows that `innerSums` takes of either side at a time, and `addCombinations` of its result. */
const [PAIR, FOUR] = [2, 4];
/** What is in the kernel's memory at a time: within the processor's cache, so that its numbers are used often for one read. */
const PANEL_BYTES = 2 ** 20;
/** Rows of b that a combination takes at a time: as above, with room for several rows of the result. */
const COMBINED_ROWS = 64;

/** Products on the WebAssembly kernel, added up in single precision; undefined where the machine has no SIMD. */
export const simdProducts = productsOn(createProductKernel());

function productsOn(kernel: ProductKernel | undefined): Products | undefined {
  if (!kernel) return undefined;
  return {
    innerProducts: (a, b) => innerProducts(kernel, a, b),
    combinations: (a, b) => combinations(kernel, a, b),
  };
}

function innerProducts(kernel: ProductKernel, a: Matrix, b: Matrix): Matrix {
  const product = emptyMatrix(a.rows, b.rows);
  if (a.columns === 0) return product;
  const width = roundUp(a.columns, COLUMNS_AT_ONCE);
  const most = Math.max(FOUR, roundUp(Math.floor(PANEL_BYTES / (4 * width)), FOUR));
  const [aRows, bRows] = [Math.min(roundUp(a.rows, PAIR), most), Math.min(roundUp(b.rows, FOUR), most)];
  const bStart = aRows * width;
  const outStart = bStart + bRows * width;
  const memory = reserve(kernel, outStart + PAIR * bRows);
  for (let right = 0; right < b.rows; right += bRows) {
    const bTaken = writePanel(memory, bStart, b, { first: right, rows: bRows, width });
    for (let left = 0; left < a.rows; left += aRows) {
      const aTaken = writePanel(memory, 0, a, { first: left, rows: aRows, width });
      for (let row = 0; row < aTaken; row += PAIR) {
        const fours = Math.ceil(bTaken / FOUR);
        kernel.innerSums(4 * row * width, 4 * width, 4 * bStart, 4 * width, 4 * width, 4 * outStart, fours);
        for (let i = 0; i < Math.min(PAIR, aTaken - row); i++) {
          const to = (left + row + i) * b.rows + right;
          for (let j = 0; j < bTaken; j++) {
            product.values[to + j] = memory[outStart + (j >> 2) * PAIR * FOUR + i * FOUR + (j & 3)];
          }
        }
      }
    }
  }
  return product;
}

function combinations(kernel: ProductKernel, a: Matrix, b: Matrix): Matrix {
  const product = emptyMatrix(a.rows, b.columns);
  const width = roundUp(b.columns, COLUMNS_AT_ONCE);
  if (width === 0) return product;
  const rows = Math.min(roundUp(a.rows, FOUR), Math.max(FOUR, roundUp(Math.floor(PANEL_BYTES / (4 * width)), FOUR)));
  const bStart = rows * COMBINED_ROWS;
  const outStart = bStart + COMBINED_ROWS * width;
  const memory = reserve(kernel, outStart + rows * width);
  for (let top = 0; top < a.rows; top += rows) {
    const taken = Math.min(rows, a.rows - top);
    memory.fill(0, outStart, outStart + rows * width);
    for (let first = 0; first < b.rows; first += COMBINED_ROWS) {
      const combined = writePanel(memory, bStart, b, { first, rows: COMBINED_ROWS, width });
      for (let i = 0; i < rows; i++) {
        const from = (top + i) * a.columns + first;
        const factors = i < taken ? a.values.subarray(from, from + combined) : [];
        memory.fill(0, i * COMBINED_ROWS, (i + 1) * COMBINED_ROWS);
        memory.set(factors, i * COMBINED_ROWS);
      }
      for (let row = 0; row < taken; row += FOUR) {
        kernel.addCombinations(
          4 * row * COMBINED_ROWS,
          4 * COMBINED_ROWS,
          4 * combined,
          4 * bStart,
          4 * width,
          4 * (outStart + row * width),
          4 * width,
          4 * width,
        );
      }
    }
    for (let i = 0; i < taken; i++) {
      const from = outStart + i * width;
      product.values.set(memory.subarray(from, from + b.columns), (top + i) * b.columns);
    }
  }
  return product;
}

interface Panel {
  readonly first: number;
  readonly rows: number;
  readonly width: number;
}

/** Copies rows from `first` on, filled up with zeros to `rows` of `width`. @returns how many there were */
function writePanel(
  memory: Float32Array,
  start: number,
  { rows: all, columns, values }: Matrix,
  { first, rows, width }: Panel,
): number {
  const taken = Math.min(rows, all - first);
  const used = values.subarray(first * columns, (first + taken) * columns);
  if (columns === width) memory.set(used, start);
  else {
    memory.fill(0, start, start + taken * width);
    for (let i = 0; i < taken; i++) {
      memory.set(used.subarray(i * columns, (i + 1) * columns), start + i * width);
    }
  }
  memory.fill(0, start + taken * width, start + rows * width);
  return taken;
}

/** @param floats that are needed @returns the whole memory, its contents those of the product before */
function reserve({ memory }: ProductKernel, floats: number): Float32Array {
  const missing = 4 * floats - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
  return new Float32Array(memory.buffer);
}

function emptyMatrix(rows: number, columns: number): Matrix {
  return { rows, columns, values: new Float32Array(rows * columns) };
}

function roundUp(count: number, multiple: number): number {
  return Math.ceil(count / multiple) * multiple;
}

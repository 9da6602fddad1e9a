import { createDotProducts, type DotProducts, VALUES_A_TURN } from "./dot-products.ts";

const PAGE_BYTES = 2 ** 16;
/** Products computed at once: their values stay within the processor's cache until the best are picked out. */
const BLOCK_ROWS = 4_096;
/** Candidates beyond those asked for, before the worst are thrown out: sorting now and then is cheaper than keeping order. */
const SPARE_CANDIDATES = 1_000;

/** A row of a library's table, by its number there, with its likeness to a query. */
export interface Candidate {
  readonly row: number;
  readonly id: string;
  readonly score: number;
}

/** Rows in the order in which they are held. */
export interface Rows {
  /** Numbers in the table. */
  readonly rows: Float64Array;
  readonly ids: readonly string[];
  /** float32 [rows, dimensions] */
  readonly vectors: Float32Array;
}

/** Vectors in memory, side by side, to be searched one and all. Memory: [query | products of a block | vectors]. */
export class HeldVectors {
  readonly #dimensions: number;
  readonly #vectorBytes: number;
  readonly #start: number;
  readonly #kernel: DotProducts = createDotProducts();
  #rows: number[] = [];
  #ids: string[] = [];

  constructor(dimensions: number) {
    this.#dimensions = dimensions;
    this.#vectorBytes = Math.ceil(dimensions / VALUES_A_TURN) * VALUES_A_TURN * 4;
    this.#start = this.#vectorBytes + BLOCK_ROWS * 4;
  }

  get size(): number {
    return this.#rows.length;
  }

  /** Lets go of every row that is not among these. @returns the highest number of those that are left, or -1 */
  keep(rows: Float64Array): number {
    const wanted = new Set(rows);
    const memory = new Uint8Array(this.#kernel.memory.buffer);
    let kept = 0;
    let highest = -1;
    for (const [at, row] of this.#rows.entries()) {
      if (!wanted.has(row)) continue;
      if (kept < at) {
        const from = this.#start + at * this.#vectorBytes;
        memory.copyWithin(this.#start + kept * this.#vectorBytes, from, from + this.#vectorBytes);
        this.#rows[kept] = row;
        this.#ids[kept] = this.#ids[at];
      }
      kept++;
      highest = Math.max(highest, row);
    }
    this.#rows.length = kept;
    this.#ids.length = kept;
    return highest;
  }

  append({ rows, ids, vectors }: Rows): void {
    const end = this.#start + (this.size + rows.length) * this.#vectorBytes;
    const missing = end - this.#kernel.memory.buffer.byteLength;
    if (missing > 0) this.#kernel.memory.grow(Math.ceil(missing / PAGE_BYTES));
    const memory = new Float32Array(this.#kernel.memory.buffer);
    for (const [i, row] of rows.entries()) {
      const at = (this.#start + this.size * this.#vectorBytes) / 4;
      memory.set(vectors.subarray(i * this.#dimensions, (i + 1) * this.#dimensions), at);
      memory.fill(0, at + this.#dimensions, at + this.#vectorBytes / 4); // of a row that was let go, something may be left
      this.#rows.push(row);
      this.#ids.push(ids[i]);
    }
  }

  /**
   * The rows with the highest dot products, the best first; equal ones by id.
   * @param query float32 [dimensions]
   * @param among only these rows; those that are not held are passed by
   */
  nearest(query: Float32Array, count: number, among?: Float64Array): Candidate[] {
    const { memory, dotProducts } = this.#kernel;
    if (this.size === 0) return [];
    const values = new Float32Array(memory.buffer);
    values.set(query, 0);
    values.fill(0, this.#dimensions, this.#vectorBytes / 4);
    const best = new BestOf(count);
    for (const [from, to] of this.#runs(among)) {
      const vectors = this.#start + from * this.#vectorBytes;
      dotProducts(vectors, 0, this.#vectorBytes, to - from, this.#vectorBytes);
      const products = this.#vectorBytes / 4;
      for (let at = from; at < to; at++) {
        const score = values[products + at - from];
        if (score >= best.threshold) best.add({ row: this.#rows[at], id: this.#ids[at], score });
      }
    }
    return best.take();
  }

  /** Neighbouring positions, from and up to, at most a block at a time. */
  *#runs(among: Float64Array | undefined): Generator<readonly [from: number, to: number]> {
    const wanted = among && new AscendingNumbers(among);
    const isWanted = (at: number) => !wanted || wanted.has(this.#rows[at]);
    for (let from = 0; from < this.size; ) {
      if (!isWanted(from)) {
        from++;
        continue;
      }
      let to = wanted ? from + 1 : Math.min(from + BLOCK_ROWS, this.size);
      while (wanted && to < this.size && to < from + BLOCK_ROWS && isWanted(to)) to++;
      yield [from, to];
      from = to;
    }
  }
}

/** Numbers that are mostly asked for in their order, most of them: a set would take longer than all products. */
class AscendingNumbers {
  readonly #numbers: Float64Array;
  #next = 0;

  constructor(numbers: Float64Array) {
    const isAscending = numbers.every((number, i) => i === 0 || numbers[i - 1] <= number);
    this.#numbers = isAscending ? numbers : numbers.slice().sort();
  }

  has(number: number): boolean {
    if (this.#numbers[this.#next] !== number) this.#next = this.#firstFrom(number);
    if (this.#numbers[this.#next] !== number) return false;
    this.#next++;
    return true;
  }

  /** The place of the first that is not lower. */
  #firstFrom(number: number): number {
    let [low, high] = [0, this.#numbers.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#numbers[middle] < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The best candidates of many. */
class BestOf {
  /** A candidate below it is not among the best. */
  threshold = Number.NEGATIVE_INFINITY;
  readonly #count: number;
  #candidates: Candidate[] = [];

  constructor(count: number) {
    this.#count = count;
  }

  add(candidate: Candidate): void {
    this.#candidates.push(candidate);
    if (this.#candidates.length < this.#count + SPARE_CANDIDATES) return;
    this.#candidates = this.take();
    this.threshold = this.#candidates[this.#count - 1].score;
  }

  take(): Candidate[] {
    return this.#candidates.sort(byScore).slice(0, this.#count);
  }
}

/** The higher score first, equal ones by id. */
export function byScore(a: Pick<Candidate, "id" | "score">, b: Pick<Candidate, "id" | "score">): number {
  return b.score - a.score || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

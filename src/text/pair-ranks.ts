import type { Merges } from "./vocabulary.ts";

/** Knuth's multiplier, 2^32 divided by the golden ratio: spreads neighbouring ids over the table. */
const GOLDEN_RATIO = 0x9e3779b1;
const EMPTY = -1;

/** Finds a merge by its two symbols: a hash table of ranks, which spares a `Map` its boxed keys. */
export class PairRanks {
  readonly #merges: Merges;
  /** Open addressing, at most half full; each slot holds a rank whose pair stands in the merges. */
  readonly #slots: Int32Array;

  constructor(merges: Merges) {
    this.#merges = merges;
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * merges.left.length + 1))).fill(EMPTY);
    for (let rank = 0; rank < merges.left.length; rank++) {
      this.#slots[this.#slotOf(merges.left[rank], merges.right[rank])] = rank; // the last of two equal lines counts
    }
  }

  /** The rank of the merge of two ids, or -1. */
  get(left: number, right: number): number {
    return this.#slots[this.#slotOf(left, right)];
  }

  /** The slot that holds the pair, else the empty one where it belongs. */
  #slotOf(left: number, right: number): number {
    const mask = this.#slots.length - 1;
    let slot = (Math.imul(Math.imul(left, GOLDEN_RATIO) ^ right, GOLDEN_RATIO) >>> 8) & mask;
    for (let rank = this.#slots[slot]; rank !== EMPTY; rank = this.#slots[slot]) {
      if (this.#merges.left[rank] === left && this.#merges.right[rank] === right) break;
      slot = (slot + 1) & mask;
    }
    return slot;
  }
}

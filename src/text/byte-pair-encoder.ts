import { MinHeap } from "./min-heap.ts";
import { PairRanks } from "./pair-ranks.ts";
import { END_OF_TEXT, type Merges } from "./vocabulary.ts";

/** Reports repeat a few thousand words; more would only fill memory. */
const MAX_CACHED_WORDS = 16_384;
/** Longer words are numbers run together and garbage; they seldom come back. UTF-16 units. */
const MAX_CACHED_WORD_LENGTH = 40;
/** Marks the last symbol of a word in the vocabulary. */
const END_OF_WORD = "</w>";
/** A symbol that its left neighbour has swallowed. */
const SWALLOWED = -1;

/**
 * Byte-level byte-pair encoding as CLIP and GPT-2 do it: a word's UTF-8 bytes are the first symbols (the last one marked
 * as the word's end), then again and again all occurrences of the lowest-ranked pair are joined, left to right.
 * Takes O(n log n) for a word of n bytes.
 */
export class BytePairEncoder {
  readonly #merges: Merges;
  readonly #ranks: PairRanks;
  /** Byte to id: 256 for a byte inside a word, then 256 for a word's last byte. */
  readonly #byteIds: Int32Array;
  readonly #cache = new Map<string, readonly number[]>();

  /** A byte without an id in the vocabulary becomes the id of `<|endoftext|>`, CLIP's unknown token. */
  constructor(vocabulary: ReadonlyMap<string, number>, merges: Merges) {
    this.#merges = merges;
    this.#ranks = new PairRanks(merges);
    const unknown = vocabulary.get(END_OF_TEXT)!;
    const symbols = byteSymbols();
    this.#byteIds = Int32Array.from(
      [...symbols, ...symbols.map((symbol) => symbol + END_OF_WORD)],
      (symbol) => vocabulary.get(symbol) ?? unknown,
    );
  }

  /** The ids of one word, which holds no white space. The empty word has none. */
  encode(word: string): readonly number[] {
    const known = this.#cache.get(word);
    if (known !== undefined) return known;
    const ids = this.#merge(this.#byteIdsOf(word));
    if (word.length <= MAX_CACHED_WORD_LENGTH) this.#remember(word, ids);
    return ids;
  }

  #byteIdsOf(word: string): Int32Array {
    const bytes = Buffer.from(word, "utf8");
    const last = bytes.length - 1;
    return new Int32Array(bytes).map((byte, position) => this.#byteIds[position === last ? 256 + byte : byte]);
  }

  /** Joins pairs in place; `symbols` is a linked list over the word's bytes, and the heap holds where which rank may apply. */
  #merge(symbols: Int32Array): number[] {
    const { left, right, joined } = this.#merges;
    const length = symbols.length;
    const next = new Int32Array(length).map((_, position) => position + 1);
    const previous = new Int32Array(length).map((_, position) => position - 1);
    const candidates = new MinHeap();
    const propose = (position: number): void => {
      if (position < 0 || next[position] >= length) return;
      const rank = this.#ranks.get(symbols[position], symbols[next[position]]);
      if (rank >= 0) candidates.push(rank * length + position);
    };
    for (let position = 0; position < length; position++) propose(position);

    for (let key = candidates.peek(); key !== undefined; key = candidates.peek()) {
      const rank = Math.floor(key / length);
      // One step joins the occurrences that stand there now; pairs that it makes wait for a later step.
      const step: number[] = [];
      for (; key !== undefined && key < (rank + 1) * length; key = candidates.peek()) {
        step.push(key - rank * length);
        candidates.pop();
      }
      for (const position of step) {
        const swallowed = next[position];
        // An earlier merge may have used up either half since the pair was proposed.
        if (symbols[position] !== left[rank] || swallowed >= length || symbols[swallowed] !== right[rank]) continue;
        symbols[position] = joined[rank];
        symbols[swallowed] = SWALLOWED;
        next[position] = next[swallowed];
        if (next[position] < length) previous[next[position]] = position;
        propose(previous[position]);
        propose(position);
      }
    }
    return Array.from(symbols.filter((symbol) => symbol !== SWALLOWED));
  }

  #remember(word: string, ids: readonly number[]): void {
    if (this.#cache.size >= MAX_CACHED_WORDS) this.#cache.delete(this.#cache.keys().next().value!);
    this.#cache.set(word, ids);
  }
}

/** GPT-2's printable stand-in for each of the 256 bytes: itself if Latin-1 prints it, else the next character from U+0100. */
function byteSymbols(): string[] {
  let substitutes = 0;
  return Array.from({ length: 256 }, (_, byte) => {
    const isPrintable = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    return String.fromCharCode(isPrintable ? byte : 0x100 + substitutes++);
  });
}

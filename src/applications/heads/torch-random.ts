const STATE_WORDS = 624;
const SHIFT = 397;

/**
 * The numbers that PyTorch draws on the CPU from a seed: the same seed gives the same initial weights and the same order of
 * rows, so that a training run can be compared with PyTorch's step by step. Mersenne Twister (Matsumoto and Nishimura 1998).
 */
export class TorchRandom {
  readonly #state = new Uint32Array(STATE_WORDS);
  #next = STATE_WORDS;

  /** As `torch.manual_seed`. @param seed a whole number; its low 32 bits count */
  constructor(seed: number) {
    const state = this.#state;
    state[0] = seed;
    for (let i = 1; i < STATE_WORDS; i++) {
      state[i] = Math.imul(1_812_433_253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    }
  }

  /** As `torch.empty(length).uniform_(-bound, bound)`, float32. */
  uniform(length: number, bound: number): Float32Array {
    const width = Math.fround(2 * bound);
    return Float32Array.from({ length }, () => ((this.#draw() & 0xffffff) / 2 ** 24) * width - Math.fround(bound));
  }

  /** The order in which `DataLoader(shuffle=True)` visits the rows in its next epoch. */
  epochOrder(rows: number): Int32Array {
    this.#drawLowHalf(); // the seed of its workers
    return new TorchRandom(this.#drawLowHalf()).#permutation(rows);
  }

  /** As `torch.randperm`. */
  #permutation(length: number): Int32Array {
    const order = Int32Array.from({ length }, (_, i) => i);
    for (let i = 0; i < length - 1; i++) {
      const j = i + (this.#draw() % (length - i));
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }

  /** Of a number of 64 bits, of which a seed uses the low half; the high one is drawn first. */
  #drawLowHalf(): number {
    this.#draw();
    return this.#draw();
  }

  /** @returns a whole number of 32 bits */
  #draw(): number {
    if (this.#next === STATE_WORDS) this.#renew();
    let word = this.#state[this.#next++];
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  #renew(): void {
    const state = this.#state;
    for (let i = 0; i < STATE_WORDS; i++) {
      const joined = (state[i] & 0x80000000) | (state[(i + 1) % STATE_WORDS] & 0x7fffffff);
      state[i] = state[(i + SHIFT) % STATE_WORDS] ^ (joined >>> 1) ^ (joined & 1 ? 0x9908b0df : 0);
    }
    this.#next = 0;
  }
}

/** Lets so many bytes be in memory at a time; who asks for more waits for its turn. A file larger than all of it goes alone. */
export class ByteBudget {
  readonly #limit: number;
  readonly #waiting: { readonly bytes: number; readonly resolve: () => void }[] = [];
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Does something that needs so many bytes, once there is room for them. */
  async use<Result>(bytes: number, work: () => Promise<Result>): Promise<Result> {
    await new Promise<void>((resolve) => {
      this.#waiting.push({ bytes, resolve });
      this.#admit();
    });
    try {
      return await work();
    } finally {
      this.#used -= bytes;
      this.#admit();
    }
  }

  #admit(): void {
    while (this.#waiting.length > 0 && (this.#used === 0 || this.#used + this.#waiting[0].bytes <= this.#limit)) {
      const { bytes, resolve } = this.#waiting.shift()!;
      this.#used += bytes;
      resolve();
    }
  }
}

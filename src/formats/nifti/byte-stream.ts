import { MedembedError } from "../../errors.ts";

/** Bytes that arrive in pieces, read in order; what was read is forgotten. */
export class ByteStream {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array();

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** The next bytes, fewer only where they end. */
  async read(length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, await this.#take(length, (piece, at) => bytes.set(piece, at)));
  }

  /** @throws MedembedError "corrupt-image" where there are not so many */
  async skip(length: number): Promise<void> {
    const skipped = await this.#take(length, () => {});
    if (skipped < length) throw breaksOff(skipped, length);
  }

  /** @throws MedembedError "corrupt-image" where there are not enough to fill it */
  async fill(target: Uint8Array): Promise<void> {
    const filled = await this.#take(target.length, (piece, at) => target.set(piece, at));
    if (filled < target.length) throw breaksOff(filled, target.length);
  }

  /** Lets go of where the bytes come from. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  async #take(length: number, use: (piece: Uint8Array, at: number) => void): Promise<number> {
    let taken = 0;
    while (taken < length) {
      if (this.#piece.length === 0) {
        const next = await this.#pieces.next();
        if (next.done) break;
        this.#piece = next.value;
      }
      const piece = this.#piece.subarray(0, length - taken);
      use(piece, taken);
      taken += piece.length;
      this.#piece = this.#piece.subarray(piece.length);
    }
    return taken;
  }
}

function breaksOff(found: number, needed: number): MedembedError {
  return new MedembedError("corrupt-image", `the NIfTI file breaks off: ${found} bytes where ${needed} are needed`);
}

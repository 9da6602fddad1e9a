import { type FileHandle, open } from "node:fs/promises";
import { MedembedError } from "../errors.ts";
import { corrupt } from "./corrupt-checkpoint.ts";

/** One read of the system takes less than 2 GiB. */
const MAX_READ_BYTES = 2 ** 30;

/** A file that is read in pieces from any position: a checkpoint may be larger than the memory. */
export class ByteFile {
  readonly size: number;
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.size = size;
  }

  /** @throws MedembedError "not-found" when there is no such file, or it may not be read */
  static async open(path: string): Promise<ByteFile> {
    const handle = await open(path, "r").catch((cause: NodeJS.ErrnoException) => {
      throw new MedembedError("not-found", `cannot be opened (${cause.code})`, { cause });
    });
    try {
      const status = await handle.stat();
      if (!status.isFile()) throw new MedembedError("not-found", "is no file");
      return new ByteFile(handle, status.size);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /**
   * The bytes from `position` on, in a buffer of their own, so that arrays of any element type can view it.
   * @throws MedembedError "corrupt-checkpoint" when the file ends before; nothing is allocated then
   */
  async read(position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    // Written so that NaN is refused, too.
    if (!(position >= 0 && length >= 0 && position + length <= this.size)) {
      throw corrupt(`the file has ${this.size} bytes, bytes ${position} to ${position + length} are needed`);
    }
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const wanted = Math.min(length - filled, MAX_READ_BYTES);
      const { bytesRead } = await this.#handle.read(bytes, filled, wanted, position + filled);
      if (bytesRead === 0) throw corrupt(`the file was cut to ${position + filled} bytes while it was read`);
      filled += bytesRead;
    }
    return bytes;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

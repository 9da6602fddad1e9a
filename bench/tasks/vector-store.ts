import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

interface Entry {
  readonly file: string;
  readonly vector: Float32Array;
}

/**
 * Vectors that were computed before, by file. Each addition is a file of its own, written whole or not at all: a line with
 * the names as JSON, then the vectors in the same order, float32 as the machine has them. So a stopped run loses little, and
 * two runs at a time do not disturb each other.
 */
export class VectorStore {
  readonly #folder: string;
  readonly #vectors = new Map<string, Float32Array>();

  /** @param identity what the vectors depend on beside the file */
  static async open(folder: string, identity: readonly string[], dimensions: number): Promise<VectorStore> {
    const key = createHash("sha256")
      .update(JSON.stringify([...identity, dimensions]))
      .digest("hex")
      .slice(0, 16);
    const store = new VectorStore(join(folder, key));
    await mkdir(store.#folder, { recursive: true });
    for (const name of await readdir(store.#folder)) {
      if (name.endsWith(".vectors")) store.#keep(parsePart(await readFile(join(store.#folder, name)), dimensions));
    }
    return store;
  }

  private constructor(folder: string) {
    this.#folder = folder;
  }

  get(file: string): Float32Array | undefined {
    return this.#vectors.get(file);
  }

  async add(entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return;
    const names = Buffer.from(`${JSON.stringify(entries.map(({ file }) => file))}\n`);
    const parts = entries.map(({ vector }) => new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength));
    const path = join(this.#folder, randomUUID());
    await writeFile(path, Buffer.concat([names, ...parts]));
    await rename(path, `${path}.vectors`);
    this.#keep(entries);
  }

  #keep(entries: readonly Entry[]): void {
    for (const { file, vector } of entries) this.#vectors.set(file, vector);
  }
}

function parsePart(bytes: Buffer, dimensions: number): Entry[] {
  const end = bytes.indexOf("\n") + 1;
  const files = JSON.parse(bytes.toString("utf8", 0, end)) as string[];
  const values = new Float32Array(new Uint8Array(bytes.subarray(end)).buffer); // a copy, aligned
  return files.map((file, i) => ({ file, vector: values.subarray(i * dimensions, (i + 1) * dimensions) }));
}

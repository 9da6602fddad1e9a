import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { seal, sealedBytes, unseal } from "./sealed-vector.ts";

/** What a file really takes on most file systems is a multiple of it. */
const BLOCK_BYTES = 4096;
/** Folders by the first two digits of the key, each with its share of the bytes: none needs a look at all the others. */
const SHARDS = 256;
/** So much of a shard may be written before a look at what it holds; bounds what several processes overshoot together. */
const LOOK_EVERY = 1 / 8;
/** Vectors that wait to be written. On a slower disk the rest is not kept: memory is worth more than a cache. */
const MAX_WAITING = 1024;

/** What medembed writes here, finished or half-way; it never deletes anything else. */
const FILE_NAME = /^[0-9a-f]{64}\.vector(\.[0-9a-f-]{36})?$/;

export interface DiskCacheOptions {
  readonly folder: string;
  /** Of all files together, in whole blocks. */
  readonly maxBytes: number;
  /** Told once when writing, and once when reading, ends for good. @param code of the system's error */
  readonly onFault: (message: string, code: string) => void;
}

/**
 * Vectors in files, for the time after a restart; several processes may share the folder. The oldest go first.
 *
 * Files appear whole, by renaming. They are not flushed to the disk: what a power failure leaves of them fails its
 * checksum, is no hit, and is removed. Nothing here fails a request: on the first error of the disk the cache stops
 * writing, or reading too, and says so.
 */
export class DiskCache {
  /** Errors of the disk, and files that were broken. */
  errors = 0;
  readonly #options: DiskCacheOptions;
  /** Bytes that may be written into each shard before the next look. */
  readonly #room = new Map<string, number>();
  #canRead = true;
  #canWrite = true;
  #waiting = 0;
  #written = Promise.resolve();

  constructor(options: DiskCacheOptions) {
    this.#options = options;
  }

  /** @param key SHA-256 in hexadecimal @param length how many values the vector must have */
  async read(key: string, length: number): Promise<Float32Array | undefined> {
    if (!this.#canRead) return undefined;
    const path = join(this.#shardOf(key), fileName(key));
    try {
      const file = await readAtMost(path, sealedBytes(length) + 1);
      const vector = file && unseal(key, file, length);
      if (file && !vector) await this.#removeBroken(path);
      return vector;
    } catch (error) {
      this.#stopReading(error);
      return undefined;
    }
  }

  /** Keeps a vector, soon and if nothing is in the way. */
  write(key: string, vector: Float32Array): void {
    if (!this.#canWrite || this.#waiting >= MAX_WAITING) return;
    const file = seal(key, vector);
    this.#waiting++;
    this.#written = this.#written.then(async () => {
      try {
        if (this.#canWrite) await this.#writeFile(key, file);
      } catch (error) {
        this.#stopWriting(error);
      }
      this.#waiting--;
    });
  }

  /** Waits until what was to be kept is written. */
  flush(): Promise<void> {
    return this.#written;
  }

  async #writeFile(key: string, file: Buffer): Promise<void> {
    const shard = this.#shardOf(key);
    const size = blocks(file.length);
    if ((this.#room.get(shard) ?? 0) < size) this.#room.set(shard, await this.#makeRoom(shard));
    const room = this.#room.get(shard)!;
    if (room < size) return;
    const path = join(shard, fileName(key));
    const temporary = `${path}.${randomUUID()}`;
    try {
      await writeFile(temporary, file, { mode: 0o600, flag: "wx" }); // vectors tell about patients: nobody else reads them
      await rename(temporary, path);
      this.#room.set(shard, room - size);
    } catch (error) {
      if (isMissing(error)) return void this.#room.delete(shard); // someone emptied the folder; the next look makes it anew
      await rm(temporary, { force: true });
      throw error;
    }
  }

  /** Deletes the oldest files of a shard until a part of its share is free. @returns bytes that may now be written */
  async #makeRoom(shard: string): Promise<number> {
    const share = this.#options.maxBytes / SHARDS;
    await mkdir(shard, { recursive: true, mode: 0o700 });
    const files = await filesIn(shard);
    let bytes = files.reduce((sum, { size }) => sum + size, 0);
    for (const { path, size } of files.sort((a, b) => a.writtenAt - b.writtenAt)) {
      if (bytes <= share * (1 - LOOK_EVERY)) break;
      await rm(path, { force: true });
      bytes -= size;
    }
    return share * LOOK_EVERY;
  }

  #shardOf(key: string): string {
    return join(this.#options.folder, key.slice(0, 2));
  }

  async #removeBroken(path: string): Promise<void> {
    this.errors++;
    await rm(path, { force: true }).catch((error) => this.#stopWriting(error));
  }

  #stopReading(error: unknown): void {
    this.errors++;
    if (!this.#canRead) return;
    this.#canRead = false;
    this.#canWrite = false;
    this.#options.onFault("the cache's folder cannot be read: it is no longer used", codeOf(error));
  }

  #stopWriting(error: unknown): void {
    this.errors++;
    if (!this.#canWrite) return;
    this.#canWrite = false;
    this.#options.onFault("the cache's folder cannot be written: it takes no more vectors", codeOf(error));
  }
}

function fileName(key: string): string {
  return `${key}.vector`;
}

/** @returns nothing when there is no such file */
async function readAtMost(path: string, maxBytes: number): Promise<Buffer | undefined> {
  const file = await open(path).catch((error) => {
    if (!isMissing(error)) throw error;
  });
  if (!file) return undefined;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(maxBytes), 0, maxBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** What medembed wrote into a folder; what another process deletes in the meantime is not there. */
async function filesIn(folder: string) {
  const files: { readonly path: string; readonly size: number; readonly writtenAt: number }[] = [];
  for (const name of await readdir(folder)) {
    if (!FILE_NAME.test(name)) continue;
    const path = join(folder, name);
    const found = await stat(path).catch((error) => {
      if (!isMissing(error)) throw error;
    });
    if (found) files.push({ path, size: blocks(found.size), writtenAt: found.mtimeMs });
  }
  return files;
}

function blocks(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
}

function isMissing(error: unknown): boolean {
  return codeOf(error) === "ENOENT";
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "unknown";
}

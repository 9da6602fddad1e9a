import { createHash, randomUUID } from "node:crypto";
import { readFile, realpath, rename, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Bundle, type Precision, readBundle } from "../models/bundle.ts";
import type { CheckpointFolder } from "../models/checkpoint-folder.ts";
import { hashFile } from "../models/hash-file.ts";
import { BUILDER_VERSION, buildBundle, makeFolder } from "./build-bundle.ts";

/** Where bundles are kept unless told otherwise. */
export function defaultCacheFolder(): string {
  const home = homedir();
  if (process.platform === "win32") return join(home, "AppData", "Local", "medembed", "Cache");
  if (process.platform === "darwin") return join(home, "Library", "Caches", "medembed");
  return join(home, ".cache", "medembed");
}

export interface CacheOptions {
  readonly precision: Precision;
  readonly cacheFolder: string;
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** The bundle of a checkpoint at one precision, from the cache or built now. A half-built one is never seen. */
export async function cachedBundle(
  checkpoint: CheckpointFolder,
  { precision, cacheFolder, onProgress }: CacheOptions,
): Promise<Bundle> {
  const weightsHash = await hashWeights(checkpoint.weights, cacheFolder);
  const { config, vocabulary, merges, card, golden } = checkpoint;
  const hashes = [config, vocabulary, merges, card, golden].map((path) =>
    path === undefined ? "none" : hashFile(path),
  );
  const contents = [BUILDER_VERSION, weightsHash, ...(await Promise.all(hashes))].join(" ");
  const key = createHash("sha256").update(contents).digest("hex").slice(0, 16);
  const folder = join(cacheFolder, "bundles", `${checkpoint.name}-${precision}-${key}`);
  const isBuilt = (await stat(folder).catch(() => undefined)) !== undefined; // bundles appear complete or not at all
  return isBuilt ? readBundle(folder) : buildBundle(checkpoint, folder, { precision, weightsHash, onProgress });
}

/**
 * SHA-256 of the weights file. Reading 2.5 GB takes seconds, so the hash is remembered for as long as path, size and
 * times of change stay the same.
 */
export async function hashWeights(path: string, cacheFolder: string): Promise<string> {
  const { size, mtimeNs, ctimeNs, ino } = await stat(path, { bigint: true });
  const identity = createHash("sha256")
    .update(`${await realpath(path)}|${size}|${mtimeNs}|${ctimeNs}|${ino}`)
    .digest("hex");
  const remembered = join(cacheFolder, "hashes", identity);
  const known = await readFile(remembered, "utf8").catch(() => "");
  if (/^[0-9a-f]{64}$/.test(known)) return known;

  const digest = await hashFile(path);
  await makeFolder(join(cacheFolder, "hashes"));
  const temporary = `${remembered}.${randomUUID()}`;
  await writeFile(temporary, digest);
  await rename(temporary, remembered);
  return digest;
}

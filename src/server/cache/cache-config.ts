import { dirname, resolve } from "node:path";
import Type, { type Static } from "typebox";
import { MedembedError } from "../../errors.ts";
import { DiskCache, type DiskCacheOptions } from "./disk-cache.ts";
import type { RedisCache } from "./redis-cache.ts";
import { VectorCache } from "./vector-cache.ts";

const MiB = 2 ** 20;

/** Under `cache` in the config. */
export const CacheSchema = Type.Object(
  {
    memoryBytes: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 16 * 1024 * MiB, description: "0 keeps nothing; more would fill V8's heap" }),
    ),
    folder: Type.Optional(Type.String({ minLength: 1, description: "keeps vectors over restarts; from the config's" })),
    folderBytes: Type.Optional(
      Type.Integer({
        minimum: 64 * MiB,
        maximum: 64 * 1024 * MiB,
        description: "some hundred to some million vectors",
      }),
    ),
  },
  { additionalProperties: false },
);

export interface CacheConfig {
  /** Of the vectors in memory; 0 keeps none. */
  readonly memoryBytes: number;
  /** Without it nothing is kept on the disk. */
  readonly folder?: string;
  readonly folderBytes: number;
}

export const DEFAULT_CACHE: CacheConfig = { memoryBytes: 256 * MiB, folderBytes: 1024 * MiB };

/** @param configPath the config's file, from whose folder the cache's is named */
export function readCacheConfig(given: Static<typeof CacheSchema> = {}, configPath = ""): CacheConfig {
  const { folder } = given;
  if (given.folderBytes !== undefined && folder === undefined) {
    throw new MedembedError("usage", "cache.folderBytes needs cache.folder: without it nothing is kept on the disk");
  }
  return { ...DEFAULT_CACHE, ...given, ...(folder !== undefined && { folder: resolve(dirname(configPath), folder) }) };
}

/** Where vectors are kept, what is nearest first. */
export interface CacheLevels {
  readonly memory?: VectorCache;
  readonly disk?: DiskCache;
  /** Of all replicas. */
  readonly redis?: RedisCache;
}

export function openCache(
  { memoryBytes, folder, folderBytes }: CacheConfig,
  onFault: DiskCacheOptions["onFault"],
): CacheLevels {
  return {
    ...(memoryBytes > 0 && { memory: new VectorCache(memoryBytes) }),
    ...(folder !== undefined && { disk: new DiskCache({ folder, maxBytes: folderBytes, onFault }) }),
  };
}

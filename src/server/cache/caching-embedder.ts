import { createHash } from "node:crypto";
import type { Patience } from "../../batcher.ts";
import type { ImageOptions } from "../../embedder.ts";
import { parseProfile, profileId } from "../../profiles/profiles.ts";
import type { ServingEmbedder } from "../deployment.ts";
import type { CacheLevels } from "./cache-config.ts";
import { ContentHash } from "./content-hash.ts";
import { SharedWork } from "./shared-work.ts";

/** What was asked for since the start, each in one of five ways, and how the cache stands. */
export interface CacheCounts {
  /** Found in memory. */
  readonly hits: number;
  /** Found on the disk. */
  readonly diskHits: number;
  /** Found in Redis, where another replica has put it. */
  readonly redisHits: number;
  /** Waited for the same thing that another had asked for. */
  readonly shared: number;
  /** Computed, or begun to be. */
  readonly misses: number;
  /** Vectors in memory, of all embedders that share the cache; so are the next. */
  readonly entries: number;
  readonly bytes: number;
  readonly evictions: number;
  readonly diskErrors: number;
  readonly redisErrors: number;
}

/**
 * An embedder that computes nothing twice: neither what it has kept nor what is being computed. A hit costs the hash of
 * the content. Vectors are the caller's own.
 */
export class CachingEmbedder implements ServingEmbedder {
  readonly card: ServingEmbedder["card"];
  readonly profile: string;
  readonly #embedder: ServingEmbedder;
  readonly #levels: CacheLevels;
  /** Names everything about the model that a vector depends on. */
  readonly #model: string;
  readonly #contentHash = new ContentHash();
  readonly #work = new SharedWork<Float32Array>();
  readonly #asked = { hits: 0, diskHits: 0, redisHits: 0, shared: 0, misses: 0 };

  /** @param levels where vectors are kept; other embedders may use them too */
  constructor(embedder: ServingEmbedder, levels: CacheLevels) {
    this.card = embedder.card;
    this.profile = embedder.profile;
    this.#embedder = embedder;
    this.#levels = levels;
    const { weights, precision, builderVersion, files } = embedder.card;
    this.#model = sha256(JSON.stringify([weights, precision, builderVersion, Object.entries(files).sort()]));
  }

  get counts(): CacheCounts {
    const { memory, disk, redis } = this.#levels;
    return {
      ...this.#asked,
      entries: memory?.entries ?? 0,
      bytes: memory?.bytes ?? 0,
      evictions: memory?.evictions ?? 0,
      diskErrors: disk?.errors ?? 0,
      redisErrors: redis?.errors ?? 0,
    };
  }

  async embedImage(bytes: Uint8Array, { profile = this.profile, ...patience }: ImageOptions = {}) {
    const id = profileId(parseProfile(profile)); // one name for one profile
    const key = this.#keyOf("image", id, await this.#contentHash.of(bytes, patience));
    return this.#embed(key, patience, (shared) => this.#embedder.embedImage(bytes, { profile: id, ...shared }));
  }

  async embedText(text: string, patience: Patience = {}) {
    const units = Buffer.from(text, "utf16le"); // UTF-8 has one spelling for all halves of broken pairs
    const key = this.#keyOf("text", "", await this.#contentHash.of(units, patience));
    return this.#embed(key, patience, (shared) => this.#embedder.embedText(text, shared));
  }

  /** Volumes are not kept: whoever looks for one does so once. */
  openVolume: ServingEmbedder["openVolume"] = (source, profile) => this.#embedder.openVolume(source, profile);
  embedSlice: ServingEmbedder["embedSlice"] = (slice, options) => this.#embedder.embedSlice(slice, options);
  inVolumeTurn: ServingEmbedder["inVolumeTurn"] = (work, patience) => this.#embedder.inVolumeTurn(work, patience);

  tokenize(text: string): number[] {
    return this.#embedder.tokenize(text);
  }

  /** Finishes what was asked for and takes no more. */
  async close(): Promise<void> {
    await this.#embedder.close();
    await this.#levels.disk?.flush();
  }

  #keyOf(kind: "image" | "text", profile: string, content: string): string {
    return sha256(JSON.stringify([this.#model, kind, profile, content]));
  }

  async #embed(
    key: string,
    patience: Patience,
    compute: (patience: Patience) => Promise<Float32Array>,
  ): Promise<Float32Array> {
    const { memory, disk, redis } = this.#levels;
    const kept = memory?.get(key);
    if (kept) {
      this.#asked.hits++;
      patience.onBegin?.();
      return kept;
    }
    if (this.#work.has(key)) this.#asked.shared++;
    const vector = await this.#work.join(key, patience, async (shared) => {
      const found = await this.#find(key);
      if (found) {
        this.#asked[found.outcome]++;
        shared.onBegin();
        memory?.set(key, found.vector);
        return found.vector;
      }
      this.#asked.misses++;
      const vector = await compute(shared);
      if (!vector.every(Number.isFinite)) return vector; // a fault of the moment would become one for good
      memory?.set(key, vector);
      disk?.write(key, vector);
      redis?.write(key, vector);
      return vector;
    });
    return vector.slice(); // those who share it each get their own
  }

  /** Outside of the memory, what is nearest first. */
  async #find(key: string) {
    const { disk, redis } = this.#levels;
    const { projection } = this.card;
    const onDisk = await disk?.read(key, projection);
    if (onDisk) return { outcome: "diskHits", vector: onDisk } as const;
    const inRedis = await redis?.read(key, projection);
    return inRedis && ({ outcome: "redisHits", vector: inRedis } as const);
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

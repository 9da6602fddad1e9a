import type { ReplicasRedis } from "../replicas/replicas-redis.ts";
import { seal, unseal } from "./sealed-vector.ts";

const PREFIX = "medembed:vector:";

/** Vectors that one replica has computed, for all others. Redis throws them away after a while, or when its memory is full. */
export class RedisCache {
  readonly #redis: ReplicasRedis;
  readonly #seconds: number;

  constructor(redis: ReplicasRedis, seconds: number) {
    this.#redis = redis;
    this.#seconds = seconds;
  }

  get errors(): number {
    return this.#redis.errors;
  }

  /** @param key SHA-256 in hexadecimal @param length how many values the vector must have */
  async read(key: string, length: number): Promise<Float32Array | undefined> {
    const sealed = await this.#redis.ask((redis) => redis.getBuffer(PREFIX + key));
    return sealed ? unseal(key, sealed, length) : undefined;
  }

  /** Keeps a vector if nothing is in the way; nobody waits for it. */
  write(key: string, vector: Float32Array): void {
    void this.#redis.ask((redis) => redis.set(PREFIX + key, seal(key, vector), "EX", this.#seconds));
  }
}

import type { Redis } from "../../redis/redis.ts";
import type { RedisAddress } from "../../redis/redis-address.ts";

/** What Redis saves is some milliseconds of computing: longer than this it is not waited for. */
const COMMAND_TIMEOUT_MS = 50;

/** The Redis server between the replicas of an endpoint. Nothing depends on it: while it is away there is no answer from it. */
export class ReplicasRedis {
  /** Commands that failed while the server seemed to be there. */
  errors = 0;
  readonly #redis: Redis;

  /** @param note told when the server is away, and when it is back */
  static async open(address: RedisAddress, note: (message: string) => void): Promise<ReplicasRedis> {
    const { connectDispensable } = await import("../../redis/redis.ts"); // for those alone who have one
    return new ReplicasRedis(connectDispensable(address, { commandTimeoutMs: COMMAND_TIMEOUT_MS, note }));
  }

  private constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** @returns undefined where the server is away, slow or refuses */
  async ask<Answer>(command: (redis: Redis) => Promise<Answer>): Promise<Answer | undefined> {
    if (this.#redis.status !== "ready") return undefined;
    try {
      return await command(this.#redis);
    } catch {
      this.errors++; // what it is stands in no log: ioredis repeats the command, and with it what was to be kept
      return undefined;
    }
  }

  close(): void {
    this.#redis.disconnect();
  }
}

import { MedembedError } from "../../errors.ts";
import type { ShardQueue } from "../../queue/bullmq.ts";
import { Runs } from "../../queue/runs.ts";
import { Workers } from "../../queue/workers.ts";
import type { Redis } from "../../redis/redis.ts";
import type { QueueConfig } from "./queue-config.ts";

/** For people who wait for a page. */
const COMMAND_TIMEOUT_MS = 2_000;

/** What can be looked at. */
interface Sight {
  readonly queue: ShardQueue;
  readonly runs: Runs;
  readonly workers: Workers;
}

/** The queue of the workers, seen from the endpoint. No call of others waits for it. */
export class WatchedQueue {
  /** What an hour of a worker costs. */
  readonly workerHour: number | undefined;
  readonly #redis: Redis;
  readonly #openQueue: (redis: Redis) => ShardQueue;
  #queue: ShardQueue | undefined;

  /** @param note told when its server is away, and when it is back */
  static async open({ redis, workerHour }: QueueConfig, note: (message: string) => void): Promise<WatchedQueue> {
    const [{ connectDispensable }, { ShardQueue }] = await Promise.all([
      import("../../redis/redis.ts"), // for those alone who have one
      import("../../queue/bullmq.ts"),
    ]);
    const connection = connectDispensable(redis, { commandTimeoutMs: COMMAND_TIMEOUT_MS, note });
    return new WatchedQueue(connection, (redis) => new ShardQueue(redis), workerHour);
  }

  private constructor(redis: Redis, openQueue: (redis: Redis) => ShardQueue, workerHour: number | undefined) {
    this.#redis = redis;
    this.#openQueue = openQueue;
    this.workerHour = workerHour;
  }

  /** @throws MedembedError "queue-failed" while its server is away */
  async look<Seen>(look: (sight: Sight) => Promise<Seen>): Promise<Seen> {
    const redis = this.#redis;
    if (redis.status !== "ready") throw away();
    this.#queue ??= this.#openQueue(redis);
    try {
      return await look({ queue: this.#queue, runs: new Runs(redis), workers: new Workers(redis) });
    } catch (error) {
      if (error instanceof MedembedError) throw error;
      await this.#closeQueue(); // BullMQ asks for the server's version once: where that has failed it fails for ever
      if (redis.status !== "ready" || (error as Error).message === "Command timed out") throw away();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#closeQueue();
    this.#redis.disconnect();
  }

  async #closeQueue(): Promise<void> {
    const queue = this.#queue;
    this.#queue = undefined;
    await queue?.close().catch(() => {}); // its connection may be what is broken
  }
}

function away(): MedembedError {
  return new MedembedError("queue-failed", "the Redis server of the queue is away; ask again, it is waited for");
}

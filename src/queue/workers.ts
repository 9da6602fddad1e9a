import type { Redis } from "../redis/redis.ts";
import { timeOf } from "../redis/server-time.ts";
import { runKey } from "./runs.ts";
import type { ShardLine } from "./shard-line.ts";

/** Between two signs of life of a worker that has nothing to tell. */
const SIGN_EVERY_MS = 10_000;
/** What is known of a worker that gives none is gone after an hour. */
const FORGOTTEN_AFTER_S = 3_600;
/** Of a run, and of a worker: the latest. All of them are in the workers' logs. */
const LINES_KEPT = 50;

/** Three signs that did not come: it is lost, or has no connection. */
const SILENT_MS = 3 * SIGN_EVERY_MS + 5_000;

const WORKERS = "medembed:workers";

/** A shard that a worker has. */
interface ShardInHand {
  readonly run: string;
  readonly shard: string;
  readonly inputs: number;
  /** In ms since 1970, by the worker's clock. */
  readonly since: number;
}

/** What a worker has said of itself. */
export interface WorkerState {
  readonly name: string;
  /** In ms since 1970, by the clock of the Redis server. */
  readonly begun: number;
  /** Since its last sign of life. */
  readonly silentMs: number;
  readonly inHand: readonly ShardInHand[];
  /** Shards that it has settled, and what has become of their inputs. */
  readonly settled: number;
  readonly stored: number;
  readonly known: number;
  readonly failed: number;
  /** Times that it had a shard and did not settle it. */
  readonly unsettled: number;
}

/**
 * A sign of life, with what has happened since the last one. KEYS workers, worker, lines of the worker, lines of the run. ARGV name,
 * shards in hand, seconds until it is forgotten, line or nothing, lines kept, pairs of name and count.
 */
const SIGN = `
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('HSETNX', KEYS[2], 'begun', now)
  redis.call('HSET', KEYS[2], 'seen', now, 'inHand', ARGV[2])
  for i = 6, #ARGV, 2 do redis.call('HINCRBY', KEYS[2], ARGV[i], ARGV[i + 1]) end
  redis.call('EXPIRE', KEYS[2], ARGV[3])
  redis.call('ZADD', KEYS[1], now, ARGV[1])
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[3] * 1000)
  if ARGV[4] ~= '' then
    for _, lines in ipairs({ KEYS[3], KEYS[4] }) do
      redis.call('LPUSH', lines, ARGV[4])
      redis.call('LTRIM', lines, 0, ARGV[5] - 1)
    end
    redis.call('EXPIRE', KEYS[4], 24 * ARGV[3])
  end
  redis.call('EXPIRE', KEYS[3], ARGV[3])`;

export function isAlive({ silentMs }: WorkerState): boolean {
  return silentMs < SILENT_MS;
}

/** What Redis knows of the workers, for people: nothing of the work depends on it. */
export class Workers {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Those that have given a sign of life in the last hour and have not said farewell, by name. */
  async all(): Promise<readonly WorkerState[]> {
    const names = await this.#redis.zrange(WORKERS, 0, "-1");
    const states = await Promise.all([...names].sort().map((name) => this.find(name)));
    return states.filter((state) => state !== undefined);
  }

  async find(name: string): Promise<WorkerState | undefined> {
    const [fields, now] = await Promise.all([this.#redis.hgetall(keyOf(name)), timeOf(this.#redis)]);
    if (fields.seen === undefined) return undefined;
    const count = (name: string) => Number(fields[name] ?? 0);
    return {
      name,
      begun: count("begun"),
      silentMs: Math.max(0, Math.floor(now - count("seen"))),
      inHand: JSON.parse(fields.inHand) as ShardInHand[],
      settled: count("settled"),
      stored: count("stored"),
      known: count("known"),
      failed: count("failed"),
      unsettled: count("unsettled"),
    };
  }

  /** The latest of a worker, the newest first. */
  linesOf(name: string): Promise<readonly ShardLine[]> {
    return this.#lines(linesKeyOf(name));
  }

  /** The latest of a run, by all workers, the newest first. */
  linesOfRun(run: string): Promise<readonly ShardLine[]> {
    return this.#lines(runKey(run, "lines"));
  }

  async #lines(key: string): Promise<readonly ShardLine[]> {
    return (await this.#redis.lrange(key, 0, -1)).map((line) => JSON.parse(line) as ShardLine);
  }
}

/** The signs of life of one worker. While Redis is away it gives none, and nobody waits for them. */
export class WorkerSigns {
  readonly #redis: Redis;
  readonly #name: string;
  readonly #inHand = new Set<ShardInHand>();
  readonly #timer: NodeJS.Timeout;
  /** One after the other, so that the last one holds. */
  #told: Promise<unknown>;

  constructor(redis: Redis, name: string) {
    this.#redis = redis;
    this.#name = name;
    this.#told = this.#forget(); // one of this name that was here before is another
    this.#sign();
    this.#timer = setInterval(() => this.#sign(), SIGN_EVERY_MS);
  }

  /** @returns what tells that the worker no longer has it; with a line, where it came to an end */
  take(shard: ShardInHand): (line?: ShardLine) => void {
    this.#inHand.add(shard);
    this.#sign();
    return (line) => {
      this.#inHand.delete(shard);
      this.#sign(line);
    };
  }

  /** Says farewell. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#told;
    await this.#forget();
  }

  #sign(line?: ShardLine): void {
    const { run = "", end, stored = 0, known = 0, failed = 0 } = line ?? {};
    const counts = end === "settled" ? { settled: 1, stored, known, failed } : line ? { unsettled: 1 } : {};
    const keys = [WORKERS, keyOf(this.#name), linesKeyOf(this.#name), runKey(run, "lines")];
    const inHand = JSON.stringify([...this.#inHand]);
    const told = [inHand, FORGOTTEN_AFTER_S, line ? JSON.stringify(line) : "", LINES_KEPT];
    this.#tell(() =>
      this.#redis.eval(SIGN, keys.length, ...keys, this.#name, ...told, ...Object.entries(counts).flat()),
    );
  }

  #tell(command: () => Promise<unknown>): void {
    this.#told = this.#told.then(async () => {
      if (this.#redis.status === "ready") await command().catch(() => {}); // another follows in ten seconds
    });
  }

  async #forget(): Promise<void> {
    if (this.#redis.status !== "ready") return;
    const change = this.#redis.multi().zrem(WORKERS, this.#name).unlink(keyOf(this.#name), linesKeyOf(this.#name));
    await change.exec().catch(() => {});
  }
}

function keyOf(name: string): string {
  return `medembed:worker:${name}`;
}

function linesKeyOf(name: string): string {
  return `${keyOf(name)}:lines`;
}

import type { QuotaLedger } from "../caller.ts";
import type { ReplicasRedis } from "./replicas-redis.ts";

const PREFIX = "medembed:quota:";

/**
 * The bucket of `TokenBucket`, by the clock of the Redis server: a whole minute's worth at once, after that as fast as they come
 * back. One that nobody has asked for a minute is full, and forgotten.
 */
const TAKE = `
local perMinute = tonumber(ARGV[1])
local perMs = perMinute / 60000
local time = redis.call("TIME")
local now = time[1] * 1000 + time[2] / 1000
local known = redis.call("HMGET", KEYS[1], "level", "at")
local level = tonumber(known[1] or perMinute)
local since = math.max(0, now - tonumber(known[2] or now))
level = math.min(perMinute, level + since * perMs)
local wait = 0
if level < 1 then wait = (1 - level) / perMs else level = level - 1 end
redis.call("HSET", KEYS[1], "level", string.format("%.6f", level), "at", string.format("%.3f", now))
redis.call("PEXPIRE", KEYS[1], 60000)
return { string.format("%.3f", wait), string.format("%.6f", level) }
`;

/** What keys have used, counted by all replicas in one Redis server; out of reach while that is away. */
export function redisLedger(redis: ReplicasRedis): QuotaLedger {
  return {
    take: async (name, perMinute) => {
      const answer = await redis.ask((server) => server.eval(TAKE, 1, PREFIX + name, perMinute));
      if (!Array.isArray(answer)) return undefined;
      const [waitMs, level] = answer.map(Number);
      return { waitMs, level };
    },
  };
}

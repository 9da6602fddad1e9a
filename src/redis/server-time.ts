import type { Redis } from "./redis.ts";

/** The server's clock, which is one for all machines; in ms since 1970, with a fraction. */
export async function timeOf(redis: Redis): Promise<number> {
  const [seconds, microseconds] = await redis.time();
  return Number(seconds) * 1_000 + Number(microseconds) / 1_000;
}

import { MedembedError } from "../errors.ts";
import { type RedisAddress, type RedisCredentials, readRedisAddress, withCredentials } from "../redis/redis-address.ts";

/**
 * A Redis server that the config names. User and password come by the environment, too, where others see the config.
 * @param place where in the config
 * @throws MedembedError "usage"
 */
export function readRedisSetting(place: string, url: string, credentials: RedisCredentials): RedisAddress {
  try {
    return withCredentials(readRedisAddress(url), credentials);
  } catch (error) {
    if (!(error instanceof MedembedError)) throw error;
    throw new MedembedError("usage", `${place}: ${error.message}`);
  }
}

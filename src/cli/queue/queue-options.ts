import { MedembedError } from "../../errors.ts";
import { type RedisAddress, readRedisAddress, withCredentials } from "../../redis/redis-address.ts";
import { text } from "../options.ts";

/**
 * The queue of `--queue`, else of MEDEMBED_QUEUE. A password comes by the environment: others see command lines in the list of processes.
 * @throws MedembedError "usage"
 */
export function queueAddress(
  options: Readonly<Record<string, unknown>>,
  { MEDEMBED_QUEUE, MEDEMBED_QUEUE_USER: user, MEDEMBED_QUEUE_PASSWORD: password }: NodeJS.ProcessEnv,
): RedisAddress {
  const flag = options.queue === true ? undefined : text(options, "queue");
  const url = flag ?? MEDEMBED_QUEUE;
  if (url === undefined)
    throw new MedembedError("usage", "name the queue: --queue redis://host:6379, or MEDEMBED_QUEUE");
  const address = readRedisAddress(url);
  if (flag !== undefined && address.password !== undefined) {
    throw new MedembedError(
      "usage",
      "--queue holds a password, which others see in the list of processes; set MEDEMBED_QUEUE_PASSWORD, or MEDEMBED_QUEUE in its place",
    );
  }
  return withCredentials(address, { user, password });
}

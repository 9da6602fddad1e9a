import Type, { type Static } from "typebox";
import type { RedisAddress } from "../../redis/redis-address.ts";
import type { Environment } from "../key-set.ts";
import { readRedisSetting } from "../redis-setting.ts";

/** Under `queue` in the config. */
export const QueueSchema = Type.Object(
  {
    redis: Type.String({ minLength: 1, description: "that of the workers: redis://host:6379, or rediss:// for TLS" }),
    workerHour: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1e6,
        description: "what an hour of a worker costs, in any currency",
      }),
    ),
  },
  { additionalProperties: false },
);

/** The queue that an endpoint shows. */
export interface QueueConfig {
  readonly redis: RedisAddress;
  /** What an hour of a worker costs; without it nobody is told what files cost. */
  readonly workerHour?: number | undefined;
}

/** The credentials are those of the workers, by the same names. @throws MedembedError "usage" */
export function readQueueConfig(
  { redis, workerHour }: Static<typeof QueueSchema>,
  { MEDEMBED_QUEUE_USER: user, MEDEMBED_QUEUE_PASSWORD: password }: Environment,
): QueueConfig {
  return { redis: readRedisSetting("queue.redis", redis, { user, password }), workerHour };
}

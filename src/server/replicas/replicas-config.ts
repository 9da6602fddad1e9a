import Type, { type Static } from "typebox";
import type { RedisAddress } from "../../redis/redis-address.ts";
import type { Environment } from "../key-set.ts";
import { readRedisSetting } from "../redis-setting.ts";

/** A week: what a picture is asked for again within, and how long a vector of it lies in Redis. */
const DEFAULT_VECTOR_SECONDS = 7 * 24 * 3600;

/** Under `shared` in the config. */
export const SharedSchema = Type.Object(
  {
    redis: Type.String({ minLength: 1, description: "redis://host:6379, or rediss:// for TLS" }),
    vectorSeconds: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 365 * 24 * 3600, description: "how long a vector is kept; 0 keeps none" }),
    ),
  },
  { additionalProperties: false },
);

/** What the replicas of an endpoint share. */
export interface SharedConfig {
  readonly redis: RedisAddress;
  /** How long a vector is kept; 0 keeps none. */
  readonly vectorSeconds: number;
}

/** User and password come by the environment, too, where others see the config. @throws MedembedError "usage" */
export function readSharedConfig(
  { redis, vectorSeconds = DEFAULT_VECTOR_SECONDS }: Static<typeof SharedSchema>,
  { MEDEMBED_REDIS_USER: user, MEDEMBED_REDIS_PASSWORD: password }: Environment,
): SharedConfig {
  return { redis: readRedisSetting("shared.redis", redis, { user, password }), vectorSeconds };
}

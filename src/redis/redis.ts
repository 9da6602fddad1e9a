/** The one file that imports ioredis. */
import { Redis } from "ioredis";
import { MedembedError } from "../errors.ts";
import type { RedisAddress } from "./redis-address.ts";

export type { Redis };

const CONNECT_TIMEOUT_MS = 10_000;
/** Between two attempts to connect, growing up to the second. */
const MIN_WAIT_MS = 200;
const MAX_WAIT_MS = 5_000;
/** A server without which the work goes on is given up after so long without an answer: what waits for one takes memory, and time of calls. */
const MAX_SILENCE_MS = 1_000;
/** What waiting does not help against: no or wrong credentials, no such database, not enough rights. */
const REFUSAL = /^(NOAUTH|WRONGPASS|NOPERM|ERR)\b/;

export interface ConnectOptions {
  /** Whether a server that is not there yet is waited for. Default: false; one that goes away later is waited for in any case. */
  readonly isPatient?: boolean;
  /** Told once when the server is away, and once when it is back; what was asked for meanwhile is done then. */
  readonly note: (message: string) => void;
}

/**
 * A server without which there is no work: what is asked for while it is away waits for it.
 * @throws MedembedError "queue-failed" for a server that cannot be reached or refuses; no credentials are in the message
 */
export async function connectRedis(address: RedisAddress, { isPatient = false, note }: ConnectOptions): Promise<Redis> {
  const { shown } = address;
  let wasReady = false;
  let isLost = false;
  const redis = new Redis({
    ...optionsOf(address),
    maxRetriesPerRequest: null, // what is asked for while the server is away waits for it
    retryStrategy: (times) => (isPatient || wasReady ? waitBefore(times) : null),
  });
  const lose = (reason: string) => {
    if (isLost || redis.status === "end") return;
    isLost = true;
    note(`the queue at ${shown} cannot be reached: ${reason}; waiting for it`);
  };
  redis.on("close", () => wasReady && lose("the connection was closed"));
  redis.on("ready", () => {
    if (isLost) note(`the queue at ${shown} is back`);
    isLost = false;
  });
  try {
    await new Promise<void>((resolve, reject) => {
      redis.once("ready", resolve);
      redis.on("error", (error: NodeJS.ErrnoException) => {
        if (!isPatient || REFUSAL.test(error.message)) reject(error);
        else lose(reasonOf(error));
      });
      redis.connect().catch(() => {}); // the error event has said why
    });
  } catch (error) {
    redis.disconnect();
    // Without a cause: ioredis puts the command into its errors, and that of a login holds the password.
    throw new MedembedError(
      "queue-failed",
      `the queue at ${shown} cannot be used: ${reasonOf(error as NodeJS.ErrnoException)}`,
    );
  }
  wasReady = true;
  return redis;
}

export interface DispensableOptions {
  /** What is not answered in this time fails. */
  readonly commandTimeoutMs: number;
  /** Told when the server is away, and when it is back. */
  readonly note: (message: string) => void;
}

/**
 * A server that may be away: then every command fails at once, and the connection is made again behind the scenes. Nothing is
 * waited for here, so that the first commands may fail as well.
 */
export function connectDispensable(address: RedisAddress, { commandTimeoutMs, note }: DispensableOptions): Redis {
  const { shown } = address;
  const redis = new Redis({
    ...optionsOf(address),
    commandTimeout: commandTimeoutMs,
    socketTimeout: MAX_SILENCE_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: waitBefore,
  });
  let isLost = false;
  const lose = (reason: string) => {
    if (isLost) return;
    isLost = true;
    note(`the Redis server at ${shown} is away: ${reason}; going on without it`);
  };
  redis.on("error", (error: NodeJS.ErrnoException) => lose(reasonOf(error)));
  redis.on("reconnecting", () => lose("the connection was closed"));
  redis.on("ready", () => {
    if (isLost) note(`the Redis server at ${shown} is back`);
    isLost = false;
  });
  redis.connect().catch(() => {}); // the error event has said why
  return redis;
}

function optionsOf({ host, port, database, isEncrypted, user, password }: RedisAddress) {
  return {
    host,
    port,
    db: database,
    ...(user !== undefined && { username: user }),
    ...(password !== undefined && { password }),
    ...(isEncrypted && { tls: { servername: host } }),
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
  };
}

function waitBefore(attempt: number): number {
  return Math.min(attempt * MIN_WAIT_MS, MAX_WAIT_MS);
}

/** Nothing of the server's own words but its code. */
function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  const [refusal] = REFUSAL.exec(message) ?? [];
  if (refusal === "NOAUTH" || refusal === "WRONGPASS") return "it refuses the user or password";
  if (message.startsWith("Socket timeout")) return "no answer";
  return code ?? refusal ?? "unknown reason";
}

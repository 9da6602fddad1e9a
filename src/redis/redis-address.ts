import { MedembedError } from "../errors.ts";

const DEFAULT_PORT = 6379;
const DATABASE = /^\/(\d{1,4})?$/;

/** A Redis server, and one of its numbered databases. */
export interface RedisAddress {
  /** For messages: without user and password. */
  readonly shown: string;
  readonly host: string;
  readonly port: number;
  readonly database: number;
  readonly isEncrypted: boolean;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

/** As an operator gives it beside an address, where others may read that. */
export interface RedisCredentials {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

/** What is given beside the address goes before what is in it; an empty text is nothing. */
export function withCredentials(address: RedisAddress, { user, password }: RedisCredentials): RedisAddress {
  return { ...address, ...(user && { user }), ...(password && { password }) };
}

/** @throws MedembedError "usage", whose message does not repeat the address: it may hold a password */
export function readRedisAddress(url: string): RedisAddress {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const [isPath, database = "0"] = DATABASE.exec(parsed?.pathname || "/") ?? [];
  const isEncrypted = parsed?.protocol === "rediss:";
  if (!parsed || parsed.hostname === "" || isPath === undefined || !(isEncrypted || parsed.protocol === "redis:")) {
    throw new MedembedError(
      "usage",
      "the address of a Redis server looks like redis://host:6379, or rediss:// for TLS",
    );
  }
  const port = parsed.port === "" ? DEFAULT_PORT : Number(parsed.port);
  return {
    shown: `${parsed.protocol}//${parsed.hostname}:${port}/${database}`,
    host: parsed.hostname.replace(/^\[|\]$/g, ""),
    port,
    database: Number(database),
    isEncrypted,
    ...(parsed.username !== "" && { user: decodeURIComponent(parsed.username) }),
    ...(parsed.password !== "" && { password: decodeURIComponent(parsed.password) }),
  };
}

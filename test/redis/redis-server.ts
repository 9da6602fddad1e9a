import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { after } from "node:test";
import { connectRedis, type Redis } from "../../src/redis/redis.ts";
import { type RedisAddress, readRedisAddress } from "../../src/redis/redis-address.ts";
import { temporaryFolder } from "../golden-small.ts";

/** Debian's package of the same name; `.ci/run` installs it. */
const PROGRAM = "redis-server";

export const isRedisInstalled = spawnSync(PROGRAM, ["--version"]).status === 0;

/** A server on a free port of this machine that keeps what it is told in a folder. */
export class RedisServer {
  readonly url: string;
  readonly #folder: string;
  readonly #arguments: readonly string[];
  #process: ChildProcess | undefined;

  /** One that ends with the tests of the file. @param more arguments of the program */
  static async start(...more: readonly string[]): Promise<RedisServer> {
    const server = await RedisServer.startIn(await temporaryFolder(), more);
    after(() => server.stop());
    return server;
  }

  static async startIn(folder: string, more: readonly string[] = []): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), folder, more);
    await server.start();
    return server;
  }

  private constructor(port: number, folder: string, more: readonly string[]) {
    this.#folder = folder;
    this.url = `redis://127.0.0.1:${port}`;
    const fixed = { port, bind: "127.0.0.1", dir: folder, appendonly: "yes", save: "" };
    this.#arguments = [...Object.entries(fixed).flatMap(([name, value]) => [`--${name}`, String(value)]), ...more];
  }

  get address(): RedisAddress {
    return readRedisAddress(this.url);
  }

  async start(): Promise<void> {
    const server = spawn(PROGRAM, this.#arguments, { stdio: ["ignore", "pipe", "inherit"] });
    this.#process = server;
    for await (const line of server.stdout) if (/Ready to accept connections/.test(String(line))) break;
    if (server.exitCode !== null) throw new Error("the Redis server did not start");
    server.stdout.resume();
  }

  /** A connection of its own, closed with the tests of the file. */
  async connect(note: (message: string) => void = () => {}): Promise<Redis> {
    const redis = await connectRedis(this.address, { note });
    after(() => redis.disconnect());
    return redis;
  }

  /** SIGSTOP is what a network does that is cut. */
  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /** What it has kept on the disk. */
  async forget(): Promise<void> {
    await rm(join(this.#folder, "appendonlydir"), { recursive: true });
  }

  /** @param signal SIGKILL is what a machine does that loses its power */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const server = this.#process;
    this.#process = undefined;
    if (!server || server.exitCode !== null) return;
    const ended = once(server, "exit");
    server.kill(signal);
    await ended;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

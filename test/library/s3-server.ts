import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { after } from "node:test";

/** Of the Python package moto, which answers S3 with conditional writes; `.ci/run` installs it. */
const PROGRAM = "moto_server";

export const isS3ServerInstalled = spawnSync(PROGRAM, ["--help"]).status === 0;

/** What LanceDB takes from the environment. */
export interface S3Environment extends Readonly<Record<string, string>> {
  readonly AWS_ENDPOINT: string;
}

/**
 * A server on a free port of this machine with one bucket, `pictures`, which keeps it in memory; it ends with the tests of the file.
 * @param host an address of this machine
 */
export async function startS3Server(host = "127.0.0.1"): Promise<S3Environment> {
  const server = spawn(PROGRAM, ["-H", host, "-p", "0"], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(server, "exit");
  after(async () => {
    server.kill();
    await ended;
  });
  const url = await addressOf(server.stderr);
  const { ok, status } = await fetch(`${url}/pictures`, { method: "PUT" });
  if (!ok) throw new Error(`no bucket: ${status}`);
  return {
    AWS_ENDPOINT: url,
    AWS_ALLOW_HTTP: "true",
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "reader",
    AWS_SECRET_ACCESS_KEY: "not-to-be-told",
  };
}

/** It says so in its log. */
async function addressOf(log: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: log })) {
    const [url] = /http:\/\/[\d.]+:\d+/.exec(line) ?? [];
    if (url === undefined) continue;
    log.resume();
    return url;
  }
  throw new Error("the S3 server did not start");
}

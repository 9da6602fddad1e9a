import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Children run what users run: JavaScript, not the TypeScript. */
export const PROGRAM = `${ROOT}dist/cli/main.js`;
/** Makes the child tell the peak of its resident memory when it ends. */
const TELL_PEAK = `${ROOT}bench/tell-peak.mjs`;
/** Of the times in /proc: Linux shows them so on every machine. */
const TICKS_PER_SECOND = 100;
/** Vectors on standard output are thrown away; there may be many. */
const MAX_OUTPUT_BYTES = 2 ** 30;

/** Compiles src to dist. */
export async function build(): Promise<void> {
  await run(process.execPath, [`${ROOT}node_modules/typescript/bin/tsc`, "-p", `${ROOT}tsconfig.build.json`]);
}

/** Builds the explorer from web to dist/web. */
export async function buildExplorer(): Promise<void> {
  await run(process.execPath, [`${ROOT}scripts/build-web.mjs`], { cwd: ROOT });
}

/** @returns seconds that a whole `medembed` process takes */
export function timeCommand(args: readonly string[]): Promise<number> {
  return timeNode([PROGRAM, ...args]);
}

/** @returns seconds of a Node process that does nothing: the floor of every command */
export function timeEmptyNode(): Promise<number> {
  return timeNode(["--eval", "0"]);
}

/** Peak resident memory of a `medembed` process, in bytes. */
export async function peakMemory(args: readonly string[]): Promise<number> {
  const { stderr } = await run(process.execPath, ["--import", pathToFileURL(TELL_PEAK).href, PROGRAM, ...args], {
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  const kibibytes = /peak (\d+)$/.exec(stderr)?.[1];
  if (kibibytes === undefined) throw new Error("the child did not tell its peak memory");
  return Number(kibibytes) * 1024;
}

export interface ServerChild {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts `medembed serve` on a free port and waits until it is ready. @param told the last thing that it logs before it is */
export async function serveInChild(args: readonly string[], told = "ready"): Promise<ServerChild> {
  const child = spawn(process.execPath, [PROGRAM, "serve", "--port", "0", ...args], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const stop = async () => {
    const ended = once(child, "exit");
    child.kill();
    await ended;
  };
  let url = "";
  let isReady = false;
  for await (const line of createInterface({ input: child.stderr })) {
    if (!line.startsWith("{")) throw new Error(line);
    const { msg } = JSON.parse(line) as { msg: string };
    url = /listening on (\S+)/.exec(msg)?.[1] ?? url;
    isReady = msg === told;
    if (isReady) break;
  }
  if (!isReady) throw new Error("the server ended before it was ready");
  child.stderr.resume();
  return { url, pid: child.pid!, stop };
}

/** Of all threads of a process so far. @throws Error where the system does not tell (it is Linux that does) */
export async function cpuSecondsOf(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).replace(/^.*\) /, "").split(" ");
  const [userTicks, systemTicks] = [fields[11], fields[12]].map(Number); // proc(5): utime and stime
  return (userTicks + systemTicks) / TICKS_PER_SECOND;
}

async function timeNode(args: readonly string[]): Promise<number> {
  const started = performance.now();
  await run(process.execPath, args, { maxBuffer: MAX_OUTPUT_BYTES });
  return (performance.now() - started) / 1e3;
}

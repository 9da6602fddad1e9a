import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

export const TYPESCRIPT = new URL("../../scripts/tsx.mjs", import.meta.url).href;
export const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

interface RunOptions {
  readonly cwd?: string;
  readonly stdin?: string;
  /** Beside that of the tests; what is undefined is taken out of it. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Redirects standard output to a file descriptor; then nothing of it is in the outcome. */
  readonly stdout?: number;
}

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the real command line in a process of its own. */
export function startMedembed(
  args: readonly string[],
  { cwd, env }: Pick<RunOptions, "cwd" | "env"> = {},
): ChildProcessByStdio<Writable, Readable, Readable> {
  return spawn(process.execPath, ["--import", TYPESCRIPT, MAIN, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
}

/** Runs the real command line to its end. */
export async function medembed(
  args: readonly string[],
  { cwd, stdin = "", env, stdout = undefined }: RunOptions = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, ["--import", TYPESCRIPT, MAIN, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["pipe", stdout ?? "pipe", "pipe"],
  });
  child.stdin!.on("error", () => {}); // it may end without reading all of it
  child.stdin!.end(stdin);
  const [output, errors, [code]] = await Promise.all([
    child.stdout ? text(child.stdout) : "",
    text(child.stderr!),
    once(child, "exit"),
  ]);
  return { code, stdout: output, stderr: errors };
}

/** The JSON objects of a text with one a line. */
// biome-ignore lint/suspicious/noExplicitAny: what a command prints is what the tests find out
export function parseLines(lines: string): any[] {
  return lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

/** Starts the real command line as users have it: built. `npm test` builds it first; a test file that is run alone takes what is there. */
export const MEDEMBED = [process.execPath, fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url))] as const;

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
  const [command, ...script] = MEDEMBED;
  return spawn(command, [...script, ...args], {
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
  const [command, ...script] = MEDEMBED;
  const child = spawn(command, [...script, ...args], {
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

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_LIMITS } from "../../src/server/limits.ts";

export const REPOSITORY = join(import.meta.dirname, "../..");

/** The path of a file of deploy/. */
export function deployFile(name: string): string {
  return join(REPOSITORY, "deploy", name);
}

export function readDeployFile(name: string): string {
  return readFileSync(deployFile(name), "utf8");
}

/** A file with other texts in the place of some, each of which it has once. */
export function moved(text: string, texts: Readonly<Record<string, string>>): string {
  return Object.entries(texts).reduce((changed, [from, to]) => {
    if (changed.split(from).length !== 2) throw new Error(`"${from}" is not there once`);
    return changed.replace(from, () => to);
  }, text);
}

/** When the server has ended at the latest after it was told to stop, in seconds. */
export const ENDS_WITHIN = (DEFAULT_LIMITS.stopTimeoutMs + lastResortMs("serve")) / 1000;

/** Bytes that the process may need: the pending bodies, what becomes of them, and the model. */
export const NEEDED_MEMORY = 4 * DEFAULT_LIMITS.maxPendingBytes;

/** After which a command that is told to stop ends in any case. It is set by the command line, which no module below it knows. */
export function lastResortMs(command: "serve" | "worker"): number {
  const source = readFileSync(join(REPOSITORY, `src/cli/${command}.ts`), "utf8");
  const [, found] = /LAST_RESORT_MS = ([\d_]+);/.exec(source)!;
  return Number(found.replaceAll("_", ""));
}

/** "3Gi", "3g", "3G" as docker, systemd and Kubernetes mean them. @throws for another form */
export function bytesOf(size: string): number {
  const [, count, unit] = /^(\d+)(Gi|g|G)$/.exec(size) ?? [];
  if (unit === undefined) throw new Error(`${size} is not in the form of 3Gi`);
  return Number(count) * 2 ** 30;
}

/** "45s", "100s" or a bare "45". @throws for another form */
export function secondsOf(time: string): number {
  const [, count] = /^(\d+)s?$/.exec(time) ?? [];
  if (count === undefined) throw new Error(`${time} is not in the form of 45s`);
  return Number(count);
}

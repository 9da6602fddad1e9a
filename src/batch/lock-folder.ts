import { readdir, realpath, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { MedembedError } from "../errors.ts";
import { writeFailed } from "./write-failed.ts";

const LOCK_NAME = /^lock-(\d+)-(.+)$/;

/** Folders that this process works on: its own number says nothing about them. */
const ownFolders = new Set<string>();

/**
 * Makes sure that nobody else works on a folder. Everybody leaves a file with the number of the process and the name of the
 * machine and only then looks for others, so of two at least one sees the other. A file whose process is gone counts for
 * nothing; of another machine that cannot be told, there it counts.
 * @returns lets others in again
 * @throws MedembedError "usage" when another process works on it, "write-failed"
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const key = await realpath(folder);
  if (ownFolders.has(key)) throw inUse(folder, "this process works on it already");
  ownFolders.add(key);
  const own = `lock-${process.pid}-${encodeURIComponent(hostname())}`;
  const unlock = async () => {
    await rm(join(key, own), { force: true });
    ownFolders.delete(key);
  };
  try {
    await writeFile(join(key, own), "").catch((cause) => {
      throw writeFailed(join(folder, own), cause);
    });
    for (const name of await readdir(key)) {
      const [, pid, host] = LOCK_NAME.exec(name) ?? [];
      if (pid === undefined || name === own) continue;
      const isHere = host === encodeURIComponent(hostname());
      if (isHere && !isAlive(Number(pid))) await rm(join(key, name), { force: true });
      else {
        const where = isHere ? "" : ` on ${host}`;
        throw inUse(folder, `process ${pid}${where} works on it; if that is over, delete ${join(folder, name)}`);
      }
    }
    return unlock;
  } catch (error) {
    await unlock();
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0); // asks, and sends nothing
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // it is there and somebody else's
  }
}

function inUse(folder: string, reason: string): MedembedError {
  return new MedembedError("usage", `${folder} is in use: ${reason}`);
}

import { spawn } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MedembedError } from "../../errors.ts";

/** What opens a file with the program that the user has chosen for it. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start", ""],
  linux: ["xdg-open"],
};

/**
 * Writes a page and, if that is asked for and there is a desktop, opens it.
 * @param path default: in a new folder that the user alone may look into
 * @returns where it is
 * @throws MedembedError "write-failed"
 */
export async function showPage(page: string, path: string | undefined, isOpened: boolean): Promise<string> {
  const target = path ?? join(await mkdtemp(join(tmpdir(), "medembed-")), "neighbours.html");
  await writeFile(target, page).catch((cause: NodeJS.ErrnoException) => {
    throw new MedembedError("write-failed", `cannot write ${target}: ${cause.code}`, { cause });
  });
  if (isOpened) openFile(target);
  return target;
}

function openFile(path: string): void {
  const { platform, env } = process;
  const [command, ...args] = OPENERS[platform] ?? [];
  const hasDesktop = platform !== "linux" || env.DISPLAY !== undefined || env.WAYLAND_DISPLAY !== undefined;
  if (command === undefined || !hasDesktop) return;
  const child = spawn(command, [...args, path], { stdio: "ignore", detached: true });
  child.on("error", () => {}); // no such program: the path has been told
  child.unref();
}

import { spawnSync } from "node:child_process";
import { mkdir, open } from "node:fs/promises";

/** Of a few megabytes, in memory; undefined where that is not allowed. */
export async function mountSmallDisk(path: string) {
  await mkdir(path);
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", path]).status !== 0) return undefined;
  const fill = async (file: string) => {
    const handle = await open(file, "w");
    for (let bytes = 2 ** 16; bytes >= 1; bytes >>= 4) {
      while (
        await handle.write(new Uint8Array(bytes)).then(
          () => true,
          () => false,
        )
      );
    }
    await handle.close();
  };
  return { path, fill, unmount: () => spawnSync("umount", ["--lazy", path]) };
}

import { realpath, stat } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import { listInputFiles } from "../../batch/input-files.ts";
import { MedembedError } from "../../errors.ts";

/** One name, no path: it has no separators and no dot at its beginning, as `..` and the folder of jobs have. */
const INPUT_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/**
 * The folder that a caller names. Links are followed and must not lead out, neither that of the folder nor those of files in it.
 * @param folder of all inputs
 * @returns its real path
 * @throws MedembedError "invalid-request", without what was named
 */
export async function findInput(folder: string, name: string): Promise<string> {
  if (!INPUT_NAME.test(name)) {
    throw refuse("must be the name of one folder: at most 128 letters, digits, dots, dashes and underscores");
  }
  const root = await realpath(folder);
  const input = await realpath(join(root, name)).catch(() => undefined);
  if (input === undefined || !(await stat(input)).isDirectory()) throw refuse("names no folder that is there");
  if (!isInside(root, input)) throw refuse("leads out of the folder of inputs");
  const files = await listInputFiles(input).catch((error: MedembedError) => {
    throw new MedembedError("invalid-request", "input has no file ending in .csv that can be read", { cause: error });
  });
  for (const { path } of files) {
    if (!isInside(root, await realpath(path))) throw refuse("has a file that leads out of the folder of inputs");
  }
  return input;
}

/** Also not in a hidden folder, such as that of the jobs. */
function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== "" && !isAbsolute(way) && way.split(sep).every((part) => !part.startsWith("."));
}

function refuse(reason: string): MedembedError {
  return new MedembedError("invalid-request", `input ${reason}`);
}

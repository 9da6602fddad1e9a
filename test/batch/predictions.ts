import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Cells as they stand in the file: image in base64, text. */
export type Cells = readonly [image: string, text: string];

/** A folder of CSV files as the known clients write them. @returns the folder */
export async function writeInputs(folder: string, files: Readonly<Record<string, readonly Cells[]>>): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const [name, rows] of Object.entries(files)) {
    const lines = rows.map(([image, text]) => `${image},"${text.replaceAll('"', '""')}"\n`);
    await writeFile(join(folder, name), `image,text\n${lines.join("")}`);
  }
  return folder;
}

/** Names and bytes of all that a batch leaves but its journal, whose lines end where the work was interrupted. */
export async function outputsOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter((name) => name !== "journal.jsonl").sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const)),
  );
}

export async function emptyFolder(folder: string): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  return folder;
}

import { stat } from "node:fs/promises";
import type { Library } from "./library.ts";
import type { StoredVector } from "./record.ts";
import type { FileState } from "./settled-file.ts";

/** A file whose content a library has. */
export interface ContentFile {
  readonly id: string;
  readonly source: string;
  readonly state: FileState;
}

/**
 * Lets records point to files with their contents when those they point to are gone or have new times: a folder that was moved
 * is not embedded again, and next time its files are known without being read. Of several files with one content the first stays.
 */
export async function adoptFiles(library: Library, files: readonly ContentFile[]): Promise<void> {
  if (files.length === 0) return;
  const byId = new Map(files.toReversed().map((file) => [file.id, file])); // the last to be set stays
  const adopted: StoredVector[] = [];
  for await (const record of library.vectors([{ field: "id", operator: "=", values: [...byId.keys()] }])) {
    const { source, state } = byId.get(record.id)!;
    if (record.source === source || (await isGone(record))) adopted.push({ ...record, source, ...state });
  }
  await library.put(adopted);
}

/** What was no file is not looked for. */
async function isGone({ source, modified }: StoredVector): Promise<boolean> {
  return modified !== undefined && (await stat(source).catch(() => undefined)) === undefined;
}

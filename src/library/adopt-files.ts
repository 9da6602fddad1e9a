import { stat } from "node:fs/promises";
import type { FilePlace } from "./known-files.ts";
import type { Library } from "./library.ts";
import type { StoredVector } from "./record.ts";

/** A file or series whose content a library has. */
export interface KnownContent {
  readonly id: string;
  readonly place: FilePlace;
}

/**
 * Lets records point to files with their contents when those they point to are gone or have new times: a folder that was moved
 * is not embedded again, and next time its files are known without being read. Of several files with one content the first stays.
 */
export async function adoptFiles(library: Library, contents: readonly KnownContent[]): Promise<void> {
  if (contents.length === 0) return;
  const byId = new Map(contents.toReversed().map((content) => [content.id, content])); // the last to be set stays
  const adopted: StoredVector[] = [];
  for await (const record of library.vectors([{ field: "id", operator: "=", values: [...byId.keys()] }])) {
    const { place } = byId.get(record.id)!;
    const { frame: _, bytes: __, modified: ___, ...rest } = record;
    if (record.source === place.source || (await isGone(record))) adopted.push({ ...rest, ...place });
  }
  await library.put(adopted);
}

/** What was no file is not looked for. */
async function isGone({ source, modified }: StoredVector): Promise<boolean> {
  return modified !== undefined && (await stat(source).catch(() => undefined)) === undefined;
}

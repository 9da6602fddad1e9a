import { opendir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { MedembedError } from "../errors.ts";
import { findSeries } from "../preparation/find-series.ts";
import type { LibraryRecord } from "./record.ts";
import { listSeries } from "./series-source.ts";

/** In one folder: more than any study has, and their headers are read within seconds. */
const MAX_FILES = 10_000;

/** A slice of a series, in the words of the record that its middle slice stands for. */
export type FoundSlice = Required<Pick<LibraryRecord, "source" | "frame" | "bytes" | "modified">>;

/**
 * The slices of a series that a record is of, in their order. A record names its middle slice alone: the others are looked for beside it,
 * and are those of the record if together they still make its listing.
 * @returns undefined where they do not: some lie elsewhere, or one was written to, added or taken away
 * @throws MedembedError "image-too-large" where too many files lie beside it
 */
export async function findSlices({
  source,
  listing,
}: Pick<LibraryRecord, "source" | "listing">): Promise<readonly FoundSlice[] | undefined> {
  const { series } = await findSeries({ paths: await filesBeside(source) });
  const own = series.find(({ slices }) => slices.some(({ path }) => path === source));
  const files = own && (await listSeries(own));
  if (!files || files.listing !== listing) return undefined;
  return own.slices.map(({ path, frame }) => ({ source: path, frame, ...files.states.get(path)! }));
}

/** By name, as they were added: of two files with the same slice the first is read. */
async function filesBeside(source: string): Promise<string[]> {
  const folder = dirname(source);
  const paths: string[] = [];
  for await (const entry of await opendir(folder)) {
    if (entry.isDirectory()) continue;
    if (paths.push(join(folder, entry.name)) <= MAX_FILES) continue;
    throw new MedembedError(
      "image-too-large",
      `more than ${MAX_FILES} files lie beside the slice, too many to find its series among them: keep each series in a folder of its own`,
    );
  }
  return paths.sort();
}

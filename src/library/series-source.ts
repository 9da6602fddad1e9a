import { hash } from "node:crypto";
import { resolve } from "node:path";
import type { MedembedError } from "../errors.ts";
import type { Facts, Identify } from "../facts.ts";
import { readFacts } from "../formats/read-facts.ts";
import type { Series, SeriesSlice } from "../preparation/preparation.ts";
import type { ByteBudget } from "./byte-budget.ts";
import type { FilePlace } from "./known-files.ts";
import { middleOf } from "./middle-slice.ts";
import { type FileState, readSettled, stateOf } from "./settled-file.ts";

/** A series of DICOM files, which makes one record. */
export interface SeriesSource {
  /** What messages call it. */
  readonly path: string;
  /** Where a record says that it is, if its files do not stay where they are; known before they are there. */
  readonly remote?: Required<Pick<FilePlace, "source" | "listing">>;
  /** Has the files there as long as the work takes. @throws MedembedError where they cannot be had */
  readonly lend: <Result>(work: (lent: LentSeries) => Promise<Result>) => Promise<Result>;
}

interface LentSeries {
  readonly series: Series;
  /** Files that no slice comes from. */
  readonly failed?: readonly { readonly name: string; readonly error: MedembedError }[];
  /** Whether all files are there; one that is not is taken anew next time. */
  readonly isComplete?: boolean;
  /** What messages call a slice; default: its file. */
  readonly nameOf?: (slice: SeriesSlice) => string;
}

/** The files of a series, each once, as they are now. */
export interface SeriesFiles {
  readonly states: ReadonlyMap<string, FileState>;
  /** Another one as soon as a file is added, taken away, moved or written to. */
  readonly listing: string;
}

/** @throws MedembedError "not-found", "image-too-large" */
export async function listSeries({ slices }: Series): Promise<SeriesFiles> {
  const paths = [...new Set(slices.map(({ path }) => resolve(path)))].sort();
  const states = new Map<string, FileState>();
  for (const path of paths) states.set(path, await stateOf(path));
  return { states, listing: hash("sha256", JSON.stringify([...states])) };
}

/** What all files of a series say together. */
export interface SeriesContent {
  /** SHA-256 of the sorted hashes of the files: the same wherever they lie and whatever they are called. */
  readonly id: string;
  /** Those in which all files agree, but for what one slice alone has. */
  readonly facts: Facts;
}

/**
 * Reads each file of a series, one at a time.
 * @throws MedembedError "not-found", "corrupt-image" for files that were written to meanwhile
 */
export async function readSeries(
  { states }: SeriesFiles,
  budget: ByteBudget,
  identify: Identify,
): Promise<SeriesContent> {
  const hashes: string[] = [];
  const facts: Facts[] = [];
  for (const [path, state] of states) {
    await budget.use(state.bytes, async () => {
      const bytes = await readSettled(path, state);
      hashes.push(hash("sha256", bytes));
      facts.push(readFacts(bytes, { identify }));
    });
  }
  return { id: hash("sha256", `series ${hashes.sort().join(" ")}`), facts: factsOfAll(facts) };
}

/** Half way through all slices; where they do not tell their order, through their numbers. */
export function middleSlice({ slices }: Series): SeriesSlice {
  return slices[middleOf(slices.length) - 1];
}

function factsOfAll([{ instance: _, slicePosition: __, ...first }, ...others]: readonly Facts[]): Facts {
  const shared = Object.entries(first).filter(([name, value]) =>
    others.every((facts) => facts[name as keyof Facts] === value),
  );
  return Object.fromEntries(shared);
}

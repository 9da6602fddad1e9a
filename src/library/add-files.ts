import type { Identify } from "../facts.ts";
import { inParallel } from "../in-parallel.ts";
import type { AddingEmbedder } from "./adding-embedder.ts";
import { adoptFiles } from "./adopt-files.ts";
import { ByteBudget } from "./byte-budget.ts";
import { type AddOutcome, type AddSource, type Discovery, findOut } from "./find-out.ts";
import { inGroups } from "./in-groups.ts";
import { KnownFiles } from "./known-files.ts";
import { checkLabels } from "./labels.ts";
import type { Library } from "./library.ts";
import type { Labels } from "./record.ts";
import { requireIdentities, requireSpace, spaceOf } from "./vector-space.ts";

/** Files in work at a time: enough for the engine to find the next batch ready. */
const FILES_IN_WORK = 32;
/** What these may take of the memory: most files are far smaller than a share of it, some are far larger. */
const BYTES_IN_WORK = 256 * 2 ** 20;
/** What is stored and told at once. Each time costs a scan of the ids and makes a file, so not too few; a stop loses them, so not too many. */
const FILES_A_COMMIT = 1_000;
const MS_A_COMMIT = 5_000;
/** Commits after which it is seen to that the library does not fall to pieces. */
const COMMITS_A_TIDYING = 16;

export interface AddOptions {
  /** What stands for patients, studies and series in the facts: `keyedHash(key)`. */
  readonly identify: Identify;
  /** For every picture that is stored. */
  readonly labels?: Labels | undefined;
}

/**
 * Adds pictures, volumes and series to a library, and tells of each in their order. A file that the library has, by path, size and
 * time, is not opened; a content that it has is not embedded. Memory does not grow with the number of files, but for some dozens of
 * bytes a record. After an interruption by whatever means the same call goes on where it stopped.
 *
 * A series is one record, and is in a library once: when more of its slices come, or others, the new record takes the old one's place. One
 * of fewer slices than the library has is passed by.
 * @throws MedembedError "wrong-space" for an embedder of another model or profile or identities under another key,
 * "write-failed", "usage" for bad labels
 */
export async function* addFiles(
  library: Library,
  embedder: AddingEmbedder,
  sources: AsyncGenerator<AddSource>,
  { identify, labels = {} }: AddOptions,
): AsyncGenerator<AddOutcome> {
  requireSpace(library.head, spaceOf(embedder));
  requireIdentities(library.head, identify);
  checkLabels(labels);
  const known = await KnownFiles.of(library);
  const adding = { embedder, known, budget: new ByteBudget(BYTES_IN_WORK), identify, labels };
  const discoveries = inParallel(sources, { width: FILES_IN_WORK }, (source) => findOut(source, adding));
  let commits = 0;
  const isFull = ({ length }: readonly Discovery[]) => length >= FILES_A_COMMIT;
  for await (const group of inGroups(firstOfEachContent(discoveries, known), { isFull, afterMs: MS_A_COMMIT })) {
    const records = group.flatMap(({ record }) => record ?? []);
    const replaced = new Set(records.flatMap((record) => known.takeSeries(record) ?? []));
    await library.insert(
      records.filter(({ id }) => !replaced.has(id)),
      [...replaced],
    );
    await adoptFiles(
      library,
      group.flatMap(({ record, known }) => (!record && known) || []),
    );
    for (const { outcome, failures = [] } of group) {
      yield outcome;
      yield* failures;
    }
    if (++commits % COMMITS_A_TIDYING === 0) await library.tidy();
  }
  await library.tidy();
}

/** Of files that share a content the first becomes the record, whichever was read first. */
async function* firstOfEachContent(
  discoveries: AsyncGenerator<Discovery>,
  known: KnownFiles,
): AsyncGenerator<Discovery> {
  for await (const { record, ...discovery } of discoveries) {
    if (!record) yield discovery;
    else if (known.take(record.id)) yield { ...discovery, record };
    else yield { ...discovery, outcome: { path: discovery.outcome.path, outcome: "known", id: record.id } };
  }
}

import { hash } from "node:crypto";
import { resolve } from "node:path";
import type { Embedder } from "../embedder.ts";
import { type ErrorCode, MedembedError } from "../errors.ts";
import type { Identify } from "../facts.ts";
import { readFacts } from "../formats/read-facts.ts";
import { inParallel } from "../in-parallel.ts";
import { parseProfile, profileRendering } from "../profiles/profiles.ts";
import { adoptFiles, type ContentFile } from "./adopt-files.ts";
import { ByteBudget } from "./byte-budget.ts";
import { inGroups } from "./in-groups.ts";
import { KnownFiles } from "./known-files.ts";
import { checkLabels } from "./labels.ts";
import type { Library } from "./library.ts";
import type { Labels, StoredVector } from "./record.ts";
import { type FileState, readSettled, stateOf } from "./settled-file.ts";
import { requireIdentities, requireSpace, spaceOf } from "./vector-space.ts";

/** Files in work at a time: enough for the engine to find the next batch ready. */
const FILES_IN_WORK = 32;
/** What these may take of the memory: most files are far smaller than a share of it, some are far larger. */
const BYTES_IN_WORK = 256 * 2 ** 20;
/** What is stored at once. Each time costs a scan of the ids and makes a file, so not too few; a stop loses them, so not too many. */
const RECORDS_A_COMMIT = 1_000;
const MS_A_COMMIT = 5_000;
/** Files that are reported at once where little is to be stored. */
const FILES_A_COMMIT = 2_000;
/** Commits after which it is seen to that the library does not fall to pieces. */
const COMMITS_A_TIDYING = 16;

/** These end the run; all else is the fault of a file, and the others go on. */
const FATAL: ReadonlySet<ErrorCode> = new Set(["closed", "write-failed", "corrupt-library"]);

/** A file, or a picture that comes from elsewhere and never changes there. */
export type PictureSource =
  | { readonly path: string }
  | {
      /** As the record names it: no UID, and no name of a person. */
      readonly source: string;
      /** What messages call it. */
      readonly name: string;
      readonly fetch: () => Promise<Uint8Array>;
    };

export interface AddOptions {
  /** What stands for patients, studies and series in the facts: `keyedHash(key)`. */
  readonly identify: Identify;
  /** For every picture that is stored. */
  readonly labels?: Labels | undefined;
}

/** What has become of a picture. One that is told as stored is on the disk. @property path that of a file, else its name */
export type AddOutcome = { readonly path: string } & (
  | { readonly outcome: "stored"; readonly id: string }
  /** The library has it, or had its content from another file. */
  | { readonly outcome: "known" }
  | { readonly outcome: "failed"; readonly code: ErrorCode; readonly reason: string }
);

/** What was found out about a file, before anything of it is stored. */
interface Finding {
  readonly outcome: AddOutcome;
  readonly record?: StoredVector;
  /** Its content is known, from another file or from another time. */
  readonly known?: ContentFile;
}

/**
 * Adds pictures to a library, and tells of each in their order. A file that the library has, by path, size and time, is not
 * opened; a content that it has is not embedded. Memory does not grow with the number of files, but for some dozens of bytes a
 * record. After an interruption by whatever means the same call goes on where it stopped.
 * @throws MedembedError "wrong-space" for an embedder of another model or profile or identities under another key,
 * "write-failed", "usage" for bad labels
 */
export async function* addFiles(
  library: Library,
  embedder: AddingEmbedder,
  sources: AsyncGenerator<PictureSource>,
  options: AddOptions,
): AsyncGenerator<AddOutcome> {
  requireSpace(library.head, spaceOf(embedder));
  requireIdentities(library.head, options.identify);
  checkLabels(options.labels ?? {});
  const known = await KnownFiles.of(library);
  const adding = { embedder, known, budget: new ByteBudget(BYTES_IN_WORK), ...options };
  const findings = inParallel(sources, { width: FILES_IN_WORK }, (source) => findOut(source, adding));
  let commits = 0;
  const isFull = (group: readonly Finding[]) =>
    group.length >= FILES_A_COMMIT || group.filter(({ record }) => record).length >= RECORDS_A_COMMIT;
  for await (const group of inGroups(findings, { isFull, afterMs: MS_A_COMMIT })) {
    await library.insert(group.flatMap(({ record }) => record ?? []));
    await adoptFiles(
      library,
      group.flatMap(({ known }) => known ?? []),
    );
    yield* group.map(({ outcome }) => outcome);
    if (++commits % COMMITS_A_TIDYING === 0) await library.tidy();
  }
  await library.tidy();
}

type AddingEmbedder = Pick<Embedder, "card" | "profile" | "embedImage">;

interface Adding extends AddOptions {
  readonly embedder: AddingEmbedder;
  readonly known: KnownFiles;
  readonly budget: ByteBudget;
}

async function findOut(
  picture: PictureSource,
  { embedder, known, budget, identify, labels = {} }: Adding,
): Promise<Finding> {
  const path = "path" in picture ? picture.path : picture.name;
  try {
    const { source, state, read } = await open(picture);
    if (known.hasFile(source, state)) return { outcome: { path, outcome: "known" } };
    return await budget.use(state?.bytes ?? 0, async () => {
      const bytes = await read();
      const id = hash("sha256", bytes);
      const record = await known.once(id, async () => {
        const { frame } = profileRendering(parseProfile(embedder.profile));
        const facts = readFacts(bytes, { identify, frame });
        const vector = await embedder.embedImage(bytes);
        const { precision } = embedder.card;
        return { id, source, ...state, added: new Date().toISOString(), precision, facts, labels, vector };
      });
      if (record) return { outcome: { path, outcome: "stored", id }, record };
      return { outcome: { path, outcome: "known" }, ...(state && { known: { id, source, state } }) };
    });
  } catch (error) {
    if (!(error instanceof MedembedError) || FATAL.has(error.code)) throw error;
    return { outcome: { path, outcome: "failed", code: error.code, reason: error.message } };
  }
}

interface OpenPicture {
  readonly source: string;
  readonly state?: FileState;
  readonly read: () => Promise<Uint8Array>;
}

async function open(picture: PictureSource): Promise<OpenPicture> {
  if ("fetch" in picture) return { source: picture.source, read: picture.fetch };
  const source = resolve(picture.path);
  const state = await stateOf(source);
  return { source, state, read: () => readSettled(source, state) };
}

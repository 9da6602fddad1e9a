import { hash } from "node:crypto";
import { resolve } from "node:path";
import type { Embedder } from "../embedder.ts";
import { type ErrorCode, MedembedError } from "../errors.ts";
import type { Facts } from "../facts.ts";
import { mapInOrder } from "../map-in-order.ts";
import { ByteBudget } from "./byte-budget.ts";
import { Fingerprints } from "./fingerprints.ts";
import { checkLabels } from "./labels.ts";
import type { Library } from "./library.ts";
import type { Labels, StoredVector } from "./record.ts";
import { type FileState, readSettled, stateOf } from "./settled-file.ts";
import { requireSpace, spaceOf } from "./vector-space.ts";

/** Files in work at a time: enough for the engine to find the next batch ready. */
const FILES_IN_WORK = 32;
/** What these may take of the memory: most files are far smaller than a share of it, some are far larger. */
const BYTES_IN_WORK = 256 * 2 ** 20;
/** What is stored at once. Each time costs a scan of the ids and makes a file, so not too few; a stop loses them, so not too many. */
const RECORDS_A_COMMIT = 1_000;
const MS_A_COMMIT = 5_000;
/** Files that are reported at once when nothing of them is to be stored. */
const FILES_A_REPORT = 1_000;

/** These end the run; all else is the fault of a file, and the others go on. */
const FATAL: ReadonlySet<ErrorCode> = new Set(["closed", "write-failed", "corrupt-library"]);

export interface AddOptions {
  /** What may be known of a file beside its vector. Default: nothing. */
  readonly readFacts?: ((bytes: Uint8Array) => Facts | Promise<Facts>) | undefined;
  /** For every picture that is stored. */
  readonly labels?: Labels | undefined;
}

/** What has become of a file. One that is told as stored is on the disk. */
export type AddOutcome = { readonly path: string } & (
  | { readonly outcome: "stored"; readonly id: string }
  /** The library has it, or had its content from another file. */
  | { readonly outcome: "known" }
  | { readonly outcome: "failed"; readonly code: ErrorCode; readonly reason: string }
);

type Embedded = AddOutcome & { readonly record?: StoredVector };

/**
 * Adds the pictures at these paths to a library, and tells of each in their order. A file that the library has, by path, size
 * and time, is not opened; a content that it has is not embedded. Memory does not grow with the number of files, but for some
 * dozens of bytes for each record. After an interruption the same call goes on where it stopped.
 * @throws MedembedError "wrong-space" for an embedder of another model or profile, "write-failed", "usage" for bad labels
 */
export async function* addFiles(
  library: Library,
  embedder: Pick<Embedder, "card" | "profile" | "embedImage">,
  paths: AsyncIterable<string>,
  { readFacts = () => ({}), labels = {} }: AddOptions = {},
): AsyncGenerator<AddOutcome> {
  requireSpace(library.space, spaceOf(embedder));
  checkLabels(labels);
  const known = await KnownFiles.of(library);
  const budget = new ByteBudget(BYTES_IN_WORK);
  const { precision } = embedder.card;

  const embed = async (source: string, state: FileState): Promise<StoredVector | undefined> => {
    const bytes = await readSettled(source, state);
    const id = hash("sha256", bytes);
    return known.once(id, async () => {
      const [vector, facts] = await Promise.all([embedder.embedImage(bytes), readFacts(bytes)]);
      return { id, source, ...state, added: new Date().toISOString(), precision, facts, labels, vector };
    });
  };
  const add = async (path: string): Promise<Embedded> => {
    const source = resolve(path);
    try {
      const state = await stateOf(source);
      if (known.hasFile(source, state)) return { path, outcome: "known" };
      const record = await budget.use(state.bytes, () => embed(source, state));
      return record ? { path, outcome: "stored", id: record.id, record } : { path, outcome: "known" };
    } catch (error) {
      if (!(error instanceof MedembedError) || FATAL.has(error.code)) throw error;
      return { path, outcome: "failed", code: error.code, reason: error.message };
    }
  };

  let outcomes: Embedded[] = [];
  let records: StoredVector[] = [];
  let lastCommit = performance.now();
  const commit = async () => {
    await library.insert(records);
    const told = outcomes.map(({ record, ...outcome }) => outcome as AddOutcome);
    [outcomes, records, lastCommit] = [[], [], performance.now()];
    return told;
  };
  const isDue = () =>
    records.length >= RECORDS_A_COMMIT ||
    outcomes.length - records.length >= FILES_A_REPORT ||
    performance.now() - lastCommit > MS_A_COMMIT;

  try {
    for await (const outcome of mapInOrder(paths, FILES_IN_WORK, add)) {
      outcomes.push(outcome);
      if (outcome.record) records.push(outcome.record);
      if (isDue()) yield* await commit();
    }
  } finally {
    yield* await commit(); // also what was done before an error
  }
}

/** What a library has when the adding begins, and what was added since. */
class KnownFiles {
  readonly #files = new Fingerprints();
  readonly #contents = new Fingerprints();
  readonly #inWork = new Map<string, Promise<unknown>>();

  static async of(library: Library): Promise<KnownFiles> {
    const known = new KnownFiles();
    for await (const { id, source, bytes, modified } of library.files()) {
      known.#contents.add(id);
      if (bytes !== undefined && modified !== undefined) known.#files.add(fileKey(source, { bytes, modified }));
    }
    return known;
  }

  hasFile(source: string, state: FileState): boolean {
    return this.#files.has(fileKey(source, state));
  }

  /** Does something for a content that is not known; when another file with it is in work, that one comes first. */
  async once<Result>(id: string, work: () => Promise<Result>): Promise<Result | undefined> {
    for (let other = this.#inWork.get(id); other; other = this.#inWork.get(id)) await other.catch(() => {});
    if (this.#contents.has(id)) return undefined;
    const working = work();
    this.#inWork.set(id, working);
    try {
      const result = await working;
      this.#contents.add(id);
      return result;
    } finally {
      this.#inWork.delete(id);
    }
  }
}

function fileKey(source: string, { bytes, modified }: FileState): string {
  return [source, bytes, modified].join("\0");
}
